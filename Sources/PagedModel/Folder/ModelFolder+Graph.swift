package import PagedGraph

/// The graph of a folder as it is run: paged, with only the wanted rows of logits.
package struct ServedGraph: Sendable {
    /// The graph; it names weights as the folder's own file does.
    package let file: GraphFile
    /// Where the weights are, links followed.
    package let weights: ExternalWeights
    /// Whether it is not the folder's file as it lies.
    package let isChanged: Bool
    /// A sequence that grows beyond so many tokens has to be computed anew; nil: never.
    package let recomputationLength: Int?
    /// Remarks on what was changed.
    package let notes: [String]
}

extension ModelFolder {
    /// Reads the graph and makes it what is run here. Weights in other files are checked, not read.
    ///
    /// - Parameters:
    ///   - cacheType: what the caches hold; nil leaves it to the graph.
    ///   - ownProducts: whether products of 4-bit weights may be ours, which only this package runs.
    /// - Throws: an error that names the node, input or weight that stands in the way.
    package func servedGraph(
        cacheType: CacheType? = nil,
        ownProducts: Bool = true
    ) throws(ModelError) -> ServedGraph {
        do throws(GraphError) {
            var file = try GraphFile(path: graphPath)
            var notes: [String] = []
            var isChanged = cacheType != nil
            let names = configuration.decoder.names
            if !file.isPaged {
                file = try file.paged(configuration.conversionSettings)
                notes.append("converted while loading; paged convert writes the folder once")
                isChanged = true
            } else {
                if try file.chooseRotaryTablesBySequence(configuration.conversionSettings) {
                    notes.append("rotary tables are chosen for each sequence, not for the batch")
                    isChanged = true
                }
                if file.selectRows(names: names) { isChanged = true }
            }
            if let cacheType { try file.setCacheType(cacheType) }
            if ownProducts, let kernel = file.useOwnProducts() {
                notes.append(
                    "4-bit MatMulNBits nodes run on our kernel \(kernel); --no-own-products leaves "
                        + "them to ONNX Runtime"
                )
                isChanged = true
            }
            return ServedGraph(
                file: file,
                weights: try ExternalWeights(of: file, in: graphPath),
                isChanged: isChanged,
                recomputationLength: file.recomputationLength(names: names),
                notes: notes
            )
        } catch {
            throw ModelError(error.description)
        }
    }
}

extension ModelConfiguration {
    /// What a conversion takes from `genai_config.json`.
    package var conversionSettings: ConversionSettings {
        ConversionSettings(names: decoder.names, headSize: decoder.headSize)
    }
}
