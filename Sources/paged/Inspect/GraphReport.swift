import PagedGraph

/// `paged inspect model.onnx`: the graph, then its attention nodes, equal ones together.
struct GraphReport: Report {
    let path: String
    let formatVersion: Int
    let producer: String
    let operatorSets: [String: Int]
    let nodeCount: Int
    let constantCount: Int
    let attention: [AttentionReport]
    /// Operators whose inner graphs are not looked into.
    let unseen: [String]

    init(path: String) throws {
        self.init(path: path, try ModelGraph(GraphFile(path: path)))
    }

    init(path: String, _ graph: ModelGraph) {
        self.path = path
        formatVersion = graph.formatVersion
        producer = graph.producer
        operatorSets = Dictionary(graph.operatorSets.map { ($0.domain, $0.version) }) { $1 }
        nodeCount = graph.nodes.count
        constantCount = graph.constantCount
        attention = AttentionReport.grouped(graph.attentionNodes)
        let types = Set(graph.nodes.map(\.operatorType))
        unseen = ["If", "Loop", "Scan"].filter(types.contains)
    }

    var rendered: String {
        var rows = Rows()
        rows.add(title: path)
        add(to: &rows)
        return rows.text
    }

    /// The graph's rows, without a title.
    func add(to rows: inout Rows) {
        let sets = operatorSets.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        rows.add("graph", "\(counted(nodeCount, "node")), \(counted(constantCount, "constant"))")
        rows.add("format", (["ONNX IR \(formatVersion)"] + sets).joined(separator: ", "))
        rows.add("made by", producer)
        if attention.isEmpty { rows.add("attention", "none") }
        if !unseen.isEmpty {
            rows.add("not seen", "what is inside of \(unseen.joined(separator: ", "))")
        }
        for group in attention {
            rows.addSpace()
            group.add(to: &rows)
        }
    }
}

/// `1 node`, `2 nodes`.
func counted(_ count: Int, _ word: String) -> String {
    "\(count) \(word)\(count == 1 ? "" : "s")"
}
