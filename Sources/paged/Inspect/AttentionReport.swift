import PagedGraph
import PagedKernels

/// Attention nodes of a graph that are alike: what they are, and what would serve them here.
struct AttentionReport: Encodable {
    let `operator`: String
    let domain: String
    /// The names of the nodes.
    private(set) var nodes: [String]
    /// Their layers, where their names tell.
    private(set) var layers: [Int?]
    /// Of paged nodes; nil if their attributes cannot be read.
    let details: AttentionDetails?
    let outcome: AttentionOutcome

    /// The reports of nodes; those that differ in nothing but name and layer are one.
    static func grouped(_ nodes: [AttentionNode]) -> [AttentionReport] {
        var reports: [AttentionReport] = []
        for node in nodes.map(AttentionReport.init) {
            if let index = reports.firstIndex(where: { $0.isAlike(node) }) {
                reports[index].nodes += node.nodes
                reports[index].layers += node.layers
            } else {
                reports.append(node)
            }
        }
        return reports
    }

    private init(_ attention: AttentionNode) {
        self.operator = attention.node.operatorType
        domain = attention.node.domain
        nodes = [attention.node.name]
        layers = [attention.layer]
        details = attention.kind != .notPaged ? AttentionDetails(attention) : nil
        outcome = AttentionOutcome(attention, details)
    }

    private func isAlike(_ other: AttentionReport) -> Bool {
        self.operator == other.operator && domain == other.domain && details == other.details
            && outcome == other.outcome
    }

    /// The layers, or the nodes if not all of them have a layer.
    var place: String {
        let known = layers.compactMap(\.self).sorted()
        guard known.count == nodes.count else {
            let names = nodes.filter { !$0.isEmpty }
            return names.isEmpty ? counted(nodes.count, "node") : names.joined(separator: ", ")
        }
        return "layer\(known.count == 1 ? "" : "s") \(Self.ranges(known))"
    }

    /// `0-5, 7` for sorted numbers.
    private static func ranges(_ numbers: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = ranges.last, number <= last.upperBound || number == last.upperBound + 1 {
                ranges[ranges.count - 1] = last.lowerBound...max(number, last.upperBound)
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }.joined(separator: ", ")
    }

    func add(to rows: inout Rows) {
        let word = layers.contains(nil) ? ":" : ","
        rows.add(title: "\(self.operator) (\(domain))\(word) \(place)")
        details?.add(to: &rows)
        outcome.add(to: &rows)
    }
}
