extension ModelConfiguration: Decodable {
    private enum RootKeys: String, CodingKey, CaseIterable {
        case model, search, engine, speculative
    }

    /// The keys that are read, and those that nothing here depends on.
    private enum ModelKeys: String, CodingKey, CaseIterable {
        case type, vocab_size, context_length, bos_token_id, eos_token_id, pad_token_id, decoder
        case bot_token_id, eot_token_id, bor_token_id, eor_token_id
    }

    private enum EngineKeys: String, CodingKey, CaseIterable {
        case dynamic_batching, static_batching
    }

    package init(from decoder: any Decoder) throws {
        let root = try decoder.container(reporting: RootKeys.self)
        let model = try root.superDecoder(forKey: .model).container(reporting: ModelKeys.self)
        type = try model.decodeIfPresent(String.self, forKey: .type)
        vocabularySize = try model.decode(Int.self, forKey: .vocab_size)
        contextLength = try model.decode(Int.self, forKey: .context_length)
        eosTokens = try model.decodeIfPresent(TokenList.self, forKey: .eos_token_id)?.tokens ?? []
        self.decoder = try model.decode(DecoderConfiguration.self, forKey: .decoder)
        search = try root.decodeIfPresent(SearchConfiguration.self, forKey: .search) ?? search
        if root.contains(.engine) {
            let engine = try root.superDecoder(forKey: .engine)
                .container(reporting: EngineKeys.self)
            dynamicBatching = try engine.decodeIfPresent(
                DynamicBatchingConfiguration.self,
                forKey: .dynamic_batching
            )
        }
    }
}

/// One token or a list of tokens.
private struct TokenList: Decodable {
    let tokens: [Int32]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let token = try? container.decode(Int32.self) {
            tokens = [token]
        } else {
            tokens = try container.decode([Int32].self)
        }
    }
}

extension SearchConfiguration: Decodable {
    /// The keys that are read, and those of the format that have no meaning here.
    private enum Keys: String, CodingKey, CaseIterable {
        case do_sample, temperature, top_k, top_p, repetition_penalty, max_length, chunk_size
        case diversity_penalty, early_stopping, length_penalty, min_length, no_repeat_ngram_size
        case num_beams, num_return_sequences, past_present_share_buffer, random_seed
    }

    package init(from decoder: any Decoder) throws {
        let search = try decoder.container(reporting: Keys.self)
        doSample = try search.decodeIfPresent(Bool.self, forKey: .do_sample) ?? false
        temperature = try search.decodeIfPresent(Double.self, forKey: .temperature)
        topK = try search.decodeIfPresent(Int.self, forKey: .top_k)
        topP = try search.decodeIfPresent(Double.self, forKey: .top_p)
        repetitionPenalty = try search.decodeIfPresent(Double.self, forKey: .repetition_penalty)
        maximumLength = try search.decodeIfPresent(Int.self, forKey: .max_length)
        chunkSize = try search.decodeIfPresent(Int.self, forKey: .chunk_size)
    }
}

extension DynamicBatchingConfiguration: Decodable {
    private enum Keys: String, CodingKey, CaseIterable {
        case block_size, num_blocks, max_batch_size, max_scheduled_tokens, prefix_caching
        case gpu_utilization_factor
    }

    package init(from decoder: any Decoder) throws {
        let batching = try decoder.container(reporting: Keys.self)
        blockSize = try batching.decodeIfPresent(Int.self, forKey: .block_size)
        blockCount = try batching.decodeIfPresent(Int.self, forKey: .num_blocks)
        maximumBatchSize = try batching.decodeIfPresent(Int.self, forKey: .max_batch_size)
        maximumScheduledTokens = try batching.decodeIfPresent(
            Int.self,
            forKey: .max_scheduled_tokens
        )
        prefixCaching = try batching.decodeIfPresent(Bool.self, forKey: .prefix_caching)
    }
}
