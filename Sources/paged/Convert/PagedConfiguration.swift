import Foundation
import PagedGraph
import PagedModel

/// The `genai_config.json` of a converted folder, as onnxruntime-genai's builder writes it with
/// `use_paged_attention`; what it does not concern stays.
struct PagedConfiguration {
    private let folder: ModelFolder
    private let graph: ModelGraph

    init(_ folder: ModelFolder, graph: ModelGraph) {
        self.folder = folder
        self.graph = graph
    }

    /// The file's text.
    func json() throws -> Data {
        let path = folder.path + "/genai_config.json"
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        guard var root = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            var model = root["model"] as? [String: Any],
            var decoder = model["decoder"] as? [String: Any]
        else { throw CommandError("\(path) has no model.decoder") }
        decoder["inputs"] = inputs(decoder["inputs"] as? [String: Any] ?? [:])
        decoder["sliding_window"] = nil
        let layers = Array(0..<folder.configuration.decoder.layerCount)
        decoder["state_groups"] = [["kind": "paged_kv", "layer_ids": layers] as [String: Any]]
        model["decoder"] = decoder
        root["model"] = model
        if root["engine"] == nil {
            root["engine"] = ["dynamic_batching": ["block_size": 16, "max_batch_size": 64]]
        }
        return try JSONSerialization.data(
            withJSONObject: root,
            options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        )
    }

    /// The names of the inputs that the graph has now.
    private func inputs(_ given: [String: Any]) -> [String: Any] {
        let names = folder.configuration.decoder.names
        let known = [
            ("position_ids", names.positions), ("block_table", names.blockTable),
            ("cumulative_sequence_lengths", names.cumulativeSequenceLengths),
            ("past_sequence_lengths", names.pastSequenceLengths),
            ("attention_metadata", names.attentionMetadata),
            ("logits_indices", names.logitsIndices),
        ]
        let present = Set(graph.inputs.map(\.name))
        var inputs = given
        inputs["attention_mask"] = nil
        for (key, name) in known { inputs[key] = present.contains(name) ? name : nil }
        return inputs
    }
}
