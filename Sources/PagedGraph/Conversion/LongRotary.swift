internal import PagedAttention

/// Rotary tables of which a graph takes one or the other by the length of the text, as Phi-3 and
/// Phi-4 do ("long-rope").
///
/// A dense graph chooses for the whole batch, with an `If` over the length of the mask. A paged graph
/// holds many sequences of different lengths, so it chooses for each token: both tables lie under
/// each other in one, and a token of a long sequence reads below:
///
///     row = position + (tokens known of the sequence > length ? rows of the short table : 0)
///
/// PagedAttention's own rotation knows positions only, so RotaryEmbedding nodes rotate in its place.
/// The keys of a sequence are of one table: whoever runs the graph computes a sequence anew when it
/// grows beyond ``length``.
struct LongRotary {
    /// Sequences with more tokens than this take the long table.
    let length: Int64
    /// The short table, and the long one under it.
    let cosine: TensorMessage
    let sine: TensorMessage
    private let shortRows: Int64

    static let prefix = "/paged/long_rotary/"
    /// The row of the tables for each token, `[1, tokens]`.
    static let rows = prefix + "rows"

    /// Nil where the value is not computed by an `If`.
    init?(cosine: String, sine: String, in graph: GraphMessage) throws(GraphError) {
        guard
            let node = graph.node.first(where: { $0.opType == "If" && $0.output.contains(cosine) }),
            let cosinePlace = node.output.firstIndex(of: cosine),
            let sinePlace = node.output.firstIndex(of: sine)
        else { return nil }
        let view = GraphNode(node)
        guard
            let condition = graph.node.first(where: { $0.output.contains(view.input(0) ?? "") }),
            condition.opType == "Greater",
            let limit = graph.constant(GraphNode(condition).input(1) ?? "")?.wholeNumber
        else {
            throw GraphError(
                "node \(node.name) (If) chooses rotary tables by something else than a length; "
                    + "such graphs cannot be converted"
            )
        }
        func table(_ branch: String, _ place: Int) throws(GraphError) -> TensorMessage {
            let body = node.attribute.first { $0.name == branch }?.g ?? GraphMessage()
            guard body.output.indices.contains(place),
                let tensor = body.constant(body.output[place].name), tensor.dims.count == 2
            else {
                throw GraphError("node \(node.name) (If): its \(branch) is no constant table")
            }
            return tensor
        }
        length = limit
        let short = try table("else_branch", cosinePlace)
        shortRows = short.dims[0]
        self.cosine = try short.above(try table("then_branch", cosinePlace), named: "cos")
        self.sine = try table("else_branch", sinePlace)
            .above(try table("then_branch", sinePlace), named: "sin")
    }

    /// Channels of a head that are rotated.
    var channels: Int { 2 * Int(cosine.dims[1]) }

    /// Constants for the nodes.
    var constants: [TensorMessage] {
        [
            cosine, sine, TensorMessage(Self.prefix + "length", [length]),
            TensorMessage(Self.prefix + "short_rows", [shortRows]),
        ]
    }

    /// The nodes that compute ``rows``.
    func rowNodes(_ names: GraphNames, axis: String) -> [NodeMessage] {
        func node(_ type: String, _ inputs: [String], _ output: String) -> NodeMessage {
            NodeMessage(
                type,
                name: Self.prefix + type,
                inputs: inputs,
                outputs: [output]
            )
        }
        let prefix = Self.prefix
        var cast = node("Cast", [prefix + "is_long"], prefix + "one_if_long")
        cast.set("to", Int(ElementType.int64.rawValue))
        return [
            node("Greater", [names.sequenceLengths, prefix + "length"], prefix + "is_long"),
            cast,
            node("Mul", [prefix + "one_if_long", prefix + "short_rows"], prefix + "shift"),
            node("Add", [names.positions, prefix + "shift"], prefix + "flat_rows"),
            node("Unsqueeze", [prefix + "flat_rows", axis], Self.rows),
        ]
    }
}

extension GraphFile {
    /// The number of tokens beyond which a sequence has to be computed anew, because its keys are of
    /// another rotary table then; nil for graphs with one table.
    package func recomputationLength(names: GraphNames) -> Int? {
        let reader = message.graph.node.first {
            $0.opType == "Greater" && $0.input.first == names.sequenceLengths
        }
        return reader.flatMap { GraphNode($0).input(1) }
            .flatMap { message.graph.constant($0)?.wholeNumber }.map(Int.init)
    }
}

extension GraphMessage {
    /// A constant of the graph: an initializer, or what a `Constant` node holds.
    func constant(_ name: String) -> TensorMessage? {
        if let tensor = initializer.first(where: { $0.name == name }) { return tensor }
        let node = node.first { $0.opType == "Constant" && $0.output.contains(name) }
        return node?.attribute.first { $0.name == "value" && $0.hasT }?.t
    }
}

extension TensorMessage {
    /// The only number of an `int64` tensor.
    fileprivate var wholeNumber: Int64? {
        guard dataType == ElementType.int64.rawValue, dims.allSatisfy({ $0 == 1 }) else {
            return nil
        }
        if let number = int64Data.first { return number }
        guard rawData.count == 8 else { return nil }
        return Int64(bitPattern: rawData.reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// A table with this one above and `other` under it.
    fileprivate func above(
        _ other: TensorMessage,
        named name: String
    ) throws(GraphError) -> TensorMessage {
        guard dataLocation == 0, other.dataLocation == 0, hasRawData, other.hasRawData,
            dataType == other.dataType, dims[1] == other.dims[1],
            (dims + other.dims).allSatisfy({ 0...Int64(Int32.max) ~= $0 })
        else {
            throw GraphError("the rotary tables \(self.name) and \(other.name) cannot be joined")
        }
        var joined = TensorMessage()
        joined.name = LongRotary.prefix + name
        joined.dataType = dataType
        joined.dims = [dims[0] + other.dims[0], dims[1]]
        joined.rawData = rawData + other.rawData
        return joined
    }
}
