import PagedAPI
import PagedSampling
import PagedText

extension TokenText {
    /// vLLM's `prompt_logprobs`, with the `best` most likely tokens at each place.
    func promptLogprobs(_ scored: [ScoredToken], best: Int) -> PromptLogprobs {
        [nil]
            + scored.map { token in
                var entries: [String: PromptLogprob] = [:]
                for (place, top) in token.topLogprobs.prefix(best).enumerated() {
                    entries["\(top.token)"] = entry(top.token, top.logprob, rank: place + 1)
                }
                entries["\(token.token)"] = entry(token.token, token.logprob, rank: token.rank)
                return entries
            }
    }

    private func entry(_ token: Int32, _ logprob: Float, rank: Int) -> PromptLogprob {
        PromptLogprob(
            logprob: Self.finite(logprob),
            rank: rank,
            decodedToken: text(of: token)
        )
    }

    /// The log-probabilities of an echoed prompt of `length` Unicode scalars; `scored` are its tokens but
    /// the first.
    ///
    /// A text that was sent is echoed as it was sent, so offsets, which come from what its tokens
    /// stand for, are held to its end.
    func echoLogprobs(
        _ prompt: [Int32],
        _ scored: [ScoredToken],
        best: Int,
        length: Int
    ) -> CompletionLogprobs {
        var decoder = IncrementalDecoder(tokenizer: tokenizer, skipSpecialTokens: true)
        var logprobs = CompletionLogprobs()
        var decoded = 0
        for (token, score) in zip(prompt, [nil] + scored) {
            append(
                token,
                score?.logprob,
                score?.topLogprobs.prefix(best) ?? [],
                offset: min(decoded, length),
                to: &logprobs
            )
            decoded += decoder.append(token).unicodeScalars.count
        }
        return logprobs
    }

    /// Adds a token; one without a log-probability has no alternatives either.
    func append(
        _ token: Int32,
        _ logprob: Float?,
        _ top: ArraySlice<TokenLogprob>,
        offset: Int,
        to logprobs: inout CompletionLogprobs
    ) {
        let name = text(of: token)
        logprobs.tokens.append(name)
        logprobs.tokenLogprobs.append(logprob.map(Self.finite))
        logprobs.topLogprobs.append(
            logprob.map { logprob in
                var alternatives: [String: Float] = [:]
                for item in top { alternatives[text(of: item.token)] = Self.finite(item.logprob) }
                alternatives[name] = Self.finite(logprob)
                return alternatives
            }
        )
        logprobs.textOffset.append(offset)
    }
}
