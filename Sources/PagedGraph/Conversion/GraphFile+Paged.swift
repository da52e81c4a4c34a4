/// What a graph does not say itself and its conversion needs.
package struct ConversionSettings: Equatable, Sendable {
    /// The names of the graph's inputs and outputs, and those that it gets.
    package var names: GraphNames
    /// Channels of a head: exporters leave them open in the shapes of caches.
    package var headSize: Int

    /// Settings of a decoder.
    package init(names: GraphNames, headSize: Int) {
        self.names = names
        self.headSize = headSize
    }
}

extension GraphFile {
    /// Whether attention goes through blocks.
    package var isPaged: Bool {
        message.graph.node.contains { $0.opType.hasSuffix("PagedAttention") }
    }

    /// The graph of a decoder with a cache per sequence, made one with a paged cache.
    ///
    /// Tokens of all sequences come one after the other:
    ///
    ///     input_ids [batch, tokens]              [tokens]        inside: [1, tokens], as one sequence
    ///     attention_mask [batch, places]         gone, with what is computed from it
    ///                                            block_table, cumulative_sequence_lengths,
    ///                                            past_sequence_lengths, attention_metadata
    ///     past_key_values [batch, heads, places, size]   [blocks, block size, heads, size]
    ///     GroupQueryAttention [1, tokens, ...]   PagedAttention [tokens, ...]
    ///     logits [batch, tokens, vocabulary]     [tokens, vocabulary]
    ///
    /// What stands between attention nodes stays as it is. Weights are not read.
    ///
    /// - Throws: an error that names the node or input that stands in the way, and why.
    package func paged(_ settings: ConversionSettings) throws(GraphError) -> GraphFile {
        var conversion = try PagedConversion(message, settings)
        try conversion.run()
        return GraphFile(message: conversion.model)
    }
}

extension GraphFile {
    /// Has a paged graph compute only the wanted rows of logits, where it computes all and can be
    /// changed; see `GraphMessage.selectRows`. True if it was.
    package mutating func selectRows(names: GraphNames) -> Bool {
        guard !message.graph.input.contains(where: { $0.name == names.logitsIndices }) else {
            return false
        }
        var graph = message.graph
        guard graph.selectRows(of: names.logits, indices: names.logitsIndices, axis: 0) else {
            return false
        }
        if let index = graph.output.firstIndex(where: { $0.name == names.logits }) {
            var shape = graph.output[index].type.tensorType.shape
            if !shape.dim.isEmpty { shape.dim[0] = DimensionMessage(.named("num_logits")) }
            graph.output[index].type.tensorType.shape = shape
        }
        graph.valueInfo = []
        message.graph = graph
        return true
    }
}
