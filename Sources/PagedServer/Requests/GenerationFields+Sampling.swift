import PagedAPI
import PagedEngine
import PagedSampling

extension GenerationFields {
    /// Checks the fields that do not depend on the model. Nothing but the prompt may be wanted by a
    /// request whose answer tells something of it.
    func checkBounds(echoes: Bool = false) throws(APIError) {
        let mayBeEmpty = echoes || promptLogprobs != nil
        for rule in FieldRule.table + FieldRule.outputLength(atLeast: mayBeEmpty ? 0 : 1) {
            if let problem = rule.problem(self) { throw .invalid(rule.field, problem) }
        }
    }

    /// How the engine is to choose tokens.
    func sampling(
        defaults: SamplingParameters,
        vocabularySize: Int
    ) throws(APIError) -> SamplingParameters {
        var sampling = defaults
        if let temperature { sampling.temperature = Float(temperature) }
        if let topP { sampling.topP = Float(topP) }
        if let topK { sampling.topK = min(max(0, topK), vocabularySize) }
        if let minP { sampling.minP = Float(minP) }
        if let repetitionPenalty { sampling.repetitionPenalty = Float(repetitionPenalty) }
        if let presencePenalty { sampling.presencePenalty = Float(presencePenalty) }
        if let frequencyPenalty { sampling.frequencyPenalty = Float(frequencyPenalty) }
        sampling.seed = seed.map(UInt64.init(bitPattern:))
        for (key, value) in logitBias?.entries ?? [:] {
            guard let token = Int32(key), (0..<vocabularySize).contains(Int(token)) else {
                throw .invalid(
                    "logit_bias",
                    "'\(key.prefix(40))' is not a token; allowed: from 0 to \(vocabularySize - 1)."
                )
            }
            sampling.logitBias[token] = Float(value)
        }
        return sampling
    }

    /// The tokens that end the output.
    func stopTokens(of model: ModelDescription) throws(APIError) -> Set<Int32> {
        var tokens = ignoreEOS == true ? [] : model.endOfSequenceTokens
        for token in stopTokenIDs?.tokens ?? [] {
            guard (0..<model.vocabularySize).contains(token) else {
                throw .invalid(
                    "stop_token_ids",
                    "\(token) is not a token; allowed: from 0 to \(model.vocabularySize - 1)."
                )
            }
            tokens.insert(Int32(token))
        }
        return tokens
    }
}
