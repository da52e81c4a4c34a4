package import PagedRuntime

/// `session_options`: what the exporter asks of ONNX Runtime.
package struct SessionSettings: Equatable, Sendable {
    /// The names in `provider_options`, such as `"cuda"`.
    package var providers: [String] = []
    /// `custom_ops_library`.
    package var customOperatorLibrary: String?
    /// `intra_op_num_threads`; nil leaves it to ONNX Runtime.
    package var threads: Int?
    /// `graph_optimization_level`.
    package var optimizationLevel: GraphOptimizationLevel?
    /// `log_severity_level`: from 0, everything, to 4, fatal errors.
    package var logSeverity: Int?
    /// `enable_cpu_mem_arena`.
    package var usesArena: Bool?
    /// Entries of ONNX Runtime's own, such as `session.set_denormal_as_zero`.
    package var entries: [String: String] = [:]
    /// Options that ask for something that does not happen here.
    package var unused: [String] = []
}

extension SessionSettings: Decodable {
    private enum Keys: String {
        case provider_options, custom_ops_library, intra_op_num_threads
        case graph_optimization_level, log_severity_level, enable_cpu_mem_arena
        case enable_mem_pattern, enable_profiling, use_env_allocators
        case log_id, inter_op_num_threads
    }

    package init(from decoder: any Decoder) throws {
        let options = try decoder.container(keyedBy: AnyKey.self)
        for key in options.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            try read(key, of: options, decoder)
        }
    }

    private mutating func read(
        _ key: AnyKey,
        of options: KeyedDecodingContainer<AnyKey>,
        _ decoder: any Decoder
    ) throws {
        switch Keys(rawValue: key.stringValue) {
        case .provider_options:
            try readProviders(options.nestedUnkeyedContainer(forKey: key))
        case .custom_ops_library:
            customOperatorLibrary = try options.decode(String.self, forKey: key)
        case .intra_op_num_threads:
            let count = try options.decode(Int.self, forKey: key)
            threads = count == 0 ? nil : count
        case .graph_optimization_level:
            optimizationLevel = try level(options.decode(String.self, forKey: key), options, key)
        case .log_severity_level:
            logSeverity = try options.decode(Int.self, forKey: key)
        case .enable_cpu_mem_arena:
            usesArena = try options.decode(Bool.self, forKey: key)
        case .enable_mem_pattern, .enable_profiling, .use_env_allocators:
            let isWanted = (try? options.decode(Bool.self, forKey: key)) != false
            unused += isWanted ? [key.stringValue] : []
        case .log_id, .inter_op_num_threads:
            break  // A name in a log; and nodes of a decoder wait for one another anyway.
        case nil where key.stringValue.contains("."):
            entries[key.stringValue] = try options.decode(String.self, forKey: key)
        case nil:
            decoder.reportUnknown(key)
        }
    }

    private func level(
        _ name: String,
        _ options: KeyedDecodingContainer<AnyKey>,
        _ key: AnyKey
    ) throws -> GraphOptimizationLevel {
        guard let level = GraphOptimizationLevel(rawValue: name) else {
            let names = GraphOptimizationLevel.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: options,
                debugDescription: "must be one of \(names), got \(name)"
            )
        }
        return level
    }

    private mutating func readProviders(_ container: any UnkeyedDecodingContainer) throws {
        var list = container
        while !list.isAtEnd {
            let provider = try list.nestedContainer(keyedBy: AnyKey.self)
            providers += provider.allKeys.map(\.stringValue).sorted()
        }
    }
}
