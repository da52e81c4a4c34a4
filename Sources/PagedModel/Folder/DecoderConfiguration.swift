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
    /// The names in `session_options.provider_options`, such as `"cuda"`.
    package var providers: [String] = []
    /// `session_options.intra_op_num_threads`.
    package var threads: Int?
    /// `session_options.custom_ops_library`.
    package var customOperatorLibrary: String?
    /// The kinds in `state_groups`, such as `"paged_kv"`.
    package var stateKinds: [String] = []
}
