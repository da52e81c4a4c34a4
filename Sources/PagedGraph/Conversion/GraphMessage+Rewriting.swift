extension ModelMessage {
    /// Imports a domain's operators, unless the model does already.
    mutating func useOperators(of domain: String, version: Int64) {
        guard !opsetImport.contains(where: { $0.domain == domain }) else { return }
        var operators = OperatorSetMessage()
        operators.domain = domain
        operators.version = version
        opsetImport.append(operators)
    }

    /// The version of ONNX's own operators.
    var operatorVersion: Int64 {
        opsetImport.first { ModelGraph.domain($0.domain) == "ai.onnx" }?.version ?? 0
    }
}

extension GraphMessage {
    /// Replaces the input of the same name, or adds one.
    mutating func setInput(_ value: ValueMessage) {
        if let index = input.firstIndex(where: { $0.name == value.name }) {
            input[index] = value
        } else {
            input.append(value)
        }
    }

    /// Replaces the output of the same name.
    mutating func setOutput(_ value: ValueMessage) {
        for index in output.indices where output[index].name == value.name { output[index] = value }
    }

    /// Has every node read `other` in place of `name`.
    mutating func rename(uses name: String, to other: String) {
        for index in node.indices { node[index].rename(uses: name, to: other) }
    }

    /// Has the node that writes `name`, and all that read it, name it `other`.
    mutating func rename(output name: String, to other: String) {
        for index in node.indices {
            for place in node[index].output.indices where node[index].output[place] == name {
                node[index].output[place] = other
            }
        }
        rename(uses: name, to: other)
    }

    /// Removes nodes and constants that no output depends on.
    mutating func removeUnusedNodes() {
        var used = Set(output.map(\.name))
        var kept: [NodeMessage] = []
        for node in node.reversed() where node.output.contains(where: used.contains) {
            used.formUnion(node.reads)
            kept.append(node)
        }
        node = kept.reversed()
        initializer.removeAll { !used.contains($0.name) }
    }
}

extension NodeMessage {
    fileprivate mutating func rename(uses name: String, to other: String) {
        for place in input.indices where input[place] == name { input[place] = other }
        for place in attribute.indices where attribute[place].hasG {
            attribute[place].g.rename(uses: name, to: other)
            for index in attribute[place].g.output.indices
            where attribute[place].g.output[index].name == name {
                attribute[place].g.output[index].name = other
            }
        }
    }
}
