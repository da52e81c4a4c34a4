internal import COnnxRuntime

/// Key and value texts that a session was configured with.
struct ConfigurationEntries {
    /// What chooses kernels: the session config entry, else the provider's option.
    private static let sdpaKernelKeys = [
        "pagedattention.sdpa_kernel",
        ProviderOptions.prefix + "sdpa_kernel",
    ]

    private let values: [String: String]

    /// The entries of the session that a node belongs to; none before ONNX Runtime 1.24, which
    /// does not tell.
    init(table: OnnxRuntimeTable, info: OpaquePointer) throws(OnnxRuntimeError) {
        guard table.version >= 24 else {
            self.init(values: [:])
            return
        }
        var pairs: OpaquePointer?
        try table.check(ort_kernel_configuration(table.pointer)(info, &pairs))
        self.init(table: table, releasing: pairs)
    }

    /// The entries of session options.
    init(table: OnnxRuntimeTable, options: OpaquePointer) throws(OnnxRuntimeError) {
        var pairs: OpaquePointer?
        try table.check(ort_session_configuration(table.pointer)(options, &pairs))
        self.init(table: table, releasing: pairs)
    }

    private init(table: OnnxRuntimeTable, releasing pairs: OpaquePointer?) {
        values = pairs.map { Self.values(of: $0, table) } ?? [:]
        if let pairs { ort_release_pairs(table.pointer)(pairs) }
    }

    private init(values: [String: String]) { self.values = values }

    /// Every key, in no order.
    var keys: some Sequence<String> { values.keys }

    /// The switches that the entries and the environment set.
    func switches() throws(OnnxRuntimeError) -> KernelSwitches {
        let key = Self.sdpaKernelKeys.first { values[$0] != nil }
        let option = key.flatMap { key in values[key].map { (key: key, value: $0) } }
        return try KernelSwitches(option: option, environment: Environment.read())
    }

    /// The texts of a list by their keys.
    static func values(of pairs: OpaquePointer, _ table: OnnxRuntimeTable) -> [String: String] {
        var keys: UnsafePointer<UnsafePointer<CChar>?>?
        var texts: UnsafePointer<UnsafePointer<CChar>?>?
        var count = 0
        ort_pairs(table.pointer)(pairs, &keys, &texts, &count)
        guard let keys, let texts else { return [:] }
        var values: [String: String] = [:]
        for index in 0..<count {
            guard let key = keys[index], let text = texts[index] else { continue }
            values[String(cString: key)] = String(cString: text)
        }
        return values
    }
}
