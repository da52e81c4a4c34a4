internal import COnnxRuntime
internal import PagedAttention

/// The options that a session gives the provider.
enum ProviderOptions {
    /// How ONNX Runtime writes the provider's options among a session's config entries.
    static let prefix = "ep.pagedattentionexecutionprovider."
    /// Every option.
    static let names = ["sdpa_kernel"]

    /// The switches that the options set; unknown options and malformed values are refused.
    static func read(
        _ table: OnnxRuntimeTable,
        _ options: OpaquePointer
    ) throws(OnnxRuntimeError) -> KernelSwitches {
        let entries = try ConfigurationEntries(table: table, options: options)
        for key in entries.keys where key.hasPrefix(prefix) {
            let name = String(key.dropFirst(prefix.count))
            guard names.contains(name) else {
                throw OnnxRuntimeError(
                    .invalidArgument(
                        "\(ProviderFactory.name) has no option '\(name)'; its options are: "
                            + names.joined(separator: ", ")
                    )
                )
            }
        }
        return try entries.switches()
    }
}
