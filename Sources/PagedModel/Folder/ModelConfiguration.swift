#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// `genai_config.json`: what a model folder says about its model.
///
///     let configuration = try ModelConfiguration(json: data)
///     configuration.decoder.layerCount  // 16
///
/// Keys that are not known are listed in ``unknownKeys``; they are no error.
package struct ModelConfiguration: Equatable, Sendable {
    /// `model.type`, such as `"llama"`.
    package var type: String?
    /// `model.vocab_size`.
    package var vocabularySize: Int
    /// `model.context_length`: the most positions of one sequence.
    package var contextLength: Int
    /// `model.eos_token_id`: one number or a list.
    package var eosTokens: [Int32]
    /// `model.decoder`.
    package var decoder: DecoderConfiguration
    /// `search`.
    package var search = SearchConfiguration()
    /// `engine.dynamic_batching`.
    package var dynamicBatching: DynamicBatchingConfiguration?
    /// Full paths of keys that this version does not know, such as `model.decoder.color`.
    package var unknownKeys: [String] = []
}

/// `search`: how tokens are chosen when a request does not say.
package struct SearchConfiguration: Equatable, Sendable {
    /// `do_sample`: whether tokens are drawn at random; otherwise the likeliest is taken.
    package var doSample = false
    /// `temperature`.
    package var temperature: Double?
    /// `top_k`.
    package var topK: Int?
    /// `top_p`.
    package var topP: Double?
    /// `repetition_penalty`.
    package var repetitionPenalty: Double?
    /// `max_length`: most tokens of prompt and output together.
    package var maximumLength: Int?
    /// `chunk_size`: most prompt tokens of one request in one step.
    package var chunkSize: Int?
}

/// `engine.dynamic_batching`: how the exporter wants the model to be served.
package struct DynamicBatchingConfiguration: Equatable, Sendable {
    /// `block_size`: token places in a block.
    package var blockSize: Int?
    /// `num_blocks`.
    package var blockCount: Int?
    /// `max_batch_size`: most sequences in one step.
    package var maximumBatchSize: Int?
    /// `max_scheduled_tokens`: most tokens in one step.
    package var maximumScheduledTokens: Int?
    /// `prefix_caching`.
    package var prefixCaching: Bool?
}

extension ModelConfiguration {
    /// Reads the text of a `genai_config.json`.
    ///
    /// - Throws: an error that names the key.
    package init(json: [UInt8]) throws(ModelError) {
        let unknown = UnknownKeys()
        let decoder = JSONDecoder()
        if let key = UnknownKeys.userInfoKey {
            decoder.userInfo[key] = unknown
        }
        do {
            self = try decoder.decode(ModelConfiguration.self, from: Data(json))
        } catch let error as DecodingError {
            throw ModelError("genai_config.json: \(error.summary)")
        } catch {
            throw ModelError("genai_config.json: \(error)")
        }
        unknownKeys = unknown.paths
        try checkNumbers()
    }

    private func checkNumbers() throws(ModelError) {
        let positive = [
            ("model.vocab_size", vocabularySize),
            ("model.context_length", contextLength),
            ("model.decoder.head_size", decoder.headSize),
            ("model.decoder.num_attention_heads", decoder.headCount),
            ("model.decoder.num_key_value_heads", decoder.keyValueHeadCount),
            ("model.decoder.num_hidden_layers", decoder.layerCount),
            ("engine.dynamic_batching.block_size", dynamicBatching?.blockSize ?? 1),
            ("engine.dynamic_batching.num_blocks", dynamicBatching?.blockCount ?? 1),
        ]
        for (path, number) in positive {
            try check(path, number, atMost: Int(Int32.max))
        }
        try check(
            "model.decoder.session_options.intra_op_num_threads",
            decoder.session.threads ?? 1,
            atMost: 1024
        )
        try check(
            "model.decoder.session_options.log_severity_level",
            decoder.session.logSeverity ?? 0,
            from: 0,
            atMost: 4
        )
        for token in eosTokens {
            try check("model.eos_token_id", Int(token), from: 0, atMost: vocabularySize - 1)
        }
        try search.check()
    }

    private func check(
        _ path: String,
        _ number: Int,
        from least: Int = 1,
        atMost most: Int
    ) throws(ModelError) {
        guard (least...most).contains(number) else {
            throw ModelError(
                "genai_config.json: \(path) must be from \(least) to \(most), got \(number)"
            )
        }
    }
}

extension SearchConfiguration {
    fileprivate func check() throws(ModelError) {
        let bounds: [(name: String, value: Double?, isAllowed: (Double) -> Bool, words: String)] = [
            ("temperature", temperature, { (0...100).contains($0) }, "from 0 to 100"),
            ("top_k", topK.map(Double.init), { $0 >= -1 }, "at least -1"),
            ("top_p", topP, { (0...1).contains($0) }, "from 0 to 1"),
            (
                "repetition_penalty", repetitionPenalty, { $0 > 0 && $0 <= 10 },
                "above 0 and at most 10"
            ),
        ]
        for (name, value, isAllowed, words) in bounds {
            guard let value, !isAllowed(value) else { continue }
            throw ModelError("genai_config.json: search.\(name) must be \(words), got \(value)")
        }
    }
}
