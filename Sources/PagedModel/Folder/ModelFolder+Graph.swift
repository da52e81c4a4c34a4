package import PagedGraph

/// The graph of a folder as it is run: paged, with only the wanted rows of logits.
package struct ServedGraph: Sendable {
    /// The graph; it names weights as the folder's own file does.
    package let file: GraphFile
    /// Where the weights are, links followed.
    package let weights: ExternalWeights
    /// Whether it is not the folder's file as it lies.
    package let isChanged: Bool
    /// Remarks on what was changed.
    package let notes: [String]
}

extension ModelFolder {
    /// Reads the graph and makes it what is run here. Weights in other files are checked, not read.
    ///
    /// - Parameter cacheType: what the caches hold; nil leaves it to the graph.
    /// - Throws: an error that names the node, input or weight that stands in the way.
    package func servedGraph(cacheType: CacheType? = nil) throws(ModelError) -> ServedGraph {
        do throws(GraphError) {
            let original = try GraphFile(path: graphPath)
            var file = original
            var notes: [String] = []
            if !file.isPaged {
                file = try file.paged(configuration.conversionSettings)
                notes.append("converted while loading; paged convert writes the folder once")
            } else {
                file.selectRows(names: configuration.decoder.names)
            }
            if let cacheType { try file.setCacheType(cacheType) }
            let isChanged = file != original
            return ServedGraph(
                file: file,
                weights: try ExternalWeights(of: file, in: graphPath),
                isChanged: isChanged,
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
