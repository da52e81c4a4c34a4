internal import COnnxRuntime

/// The two tables that an execution provider calls: the main one, and the providers' own.
struct ProviderTables: @unchecked Sendable {
    let main: OnnxRuntimeTable
    let provider: UnsafePointer<ort_provider_table>

    init(main: OnnxRuntimeTable, provider: UnsafePointer<ort_provider_table>) {
        self.main = main
        self.provider = provider
    }

    /// The tables that a factory was made with.
    init(_ factory: UnsafePointer<paged_provider_factory>) {
        main = OnnxRuntimeTable(
            pointer: factory.pointee.table,
            version: factory.pointee.table_version
        )
        provider = factory.pointee.provider_table
    }
}
