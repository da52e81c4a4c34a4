package import PagedGraph

/// `model.decoder`: the graph, its names and sizes.
package struct DecoderConfiguration: Equatable, Sendable {
    /// `filename` of the graph, in the model folder.
    package var fileName: String
    /// `head_size`: channels of a head.
    package var headSize: Int
    /// `num_attention_heads`.
    package var headCount: Int
    /// `num_key_value_heads`.
    package var keyValueHeadCount: Int
    /// `num_hidden_layers`.
    package var layerCount: Int
    /// `inputs` and `outputs`.
    package var names = GraphNames()
    /// `session_options`.
    package var session = SessionSettings()
    /// The kinds in `state_groups`, such as `"paged_kv"`.
    package var stateKinds: [String] = []
}
