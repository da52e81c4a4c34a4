extension ModelConfiguration {
    /// What the folder asks for and does not get here.
    package func notes(
        layout: CacheLayoutDescription,
        options: DecoderOptions
    ) -> [String] {
        var notes: [String] = []
        if !decoder.session.providers.isEmpty {
            let names = decoder.session.providers.joined(separator: ", ")
            notes.append("provider_options \(names) not used: the model runs on the processor")
        }
        if let library = decoder.session.customOperatorLibrary {
            notes.append("custom_ops_library \(library) not used: the operator is built in")
        }
        if !decoder.session.unused.isEmpty {
            let names = decoder.session.unused.joined(separator: ", ")
            notes.append("session_options \(names) not used")
        }
        let unused = unusedSettings(layout: layout, options: options)
        if !unused.isEmpty {
            notes.append(
                "\(unused.joined(separator: ", ")) of genai_config.json are not used; "
                    + "flags of paged serve set them"
            )
        }
        if !unknownKeys.isEmpty {
            notes.append(
                "unknown keys in genai_config.json: \(unknownKeys.joined(separator: ", "))"
            )
        }
        return notes
    }

    /// Settings of the folder that say something else than what happens here.
    private func unusedSettings(
        layout: CacheLayoutDescription,
        options: DecoderOptions
    ) -> [String] {
        let batching = dynamicBatching
        let settings: [(path: String, wanted: Int?, served: Int)] = [
            ("engine.dynamic_batching.num_blocks", batching?.blockCount, layout.blockCount),
            (
                "engine.dynamic_batching.max_batch_size",
                batching?.maximumBatchSize, options.maximumSequences
            ),
            (
                "engine.dynamic_batching.max_scheduled_tokens",
                batching?.maximumScheduledTokens, options.maximumTokensPerStep
            ),
            ("search.max_length", search.maximumLength, contextLength),
            ("search.chunk_size", search.chunkSize, options.maximumTokensPerStep),
        ]
        var paths = settings.filter { $0.wanted != nil && $0.wanted != $0.served }.map(\.path)
        if batching?.prefixCaching == false {
            paths.append("engine.dynamic_batching.prefix_caching")
        }
        return paths
    }
}
