/// Jobs of `paged bench engine`: `{"prompts": [[...]], "newTokens": n}`, answered by
/// `{"tokens": n, "seconds": s}`.
extension BenchPeer {
    private struct EngineJob: Encodable {
        let prompts: [[Int32]]
        let newTokens: Int
    }

    private struct EngineAnswer: Decodable {
        let tokens: Int
        let seconds: Double
    }

    /// Does jobs one after the other, each `newTokens` tokens for all its prompts at once; returns
    /// tokens per second.
    func run(_ jobs: [[[Int32]]], newTokens: Int) throws -> Double {
        var tokens = 0
        var seconds = 0.0
        for prompts in jobs {
            let job = EngineJob(prompts: prompts, newTokens: newTokens)
            let answer = try answer(job, as: EngineAnswer.self)
            guard answer.tokens == prompts.count * newTokens else {
                throw Failure(
                    description: "\(name) generated \(answer.tokens) tokens instead of "
                        + "\(prompts.count * newTokens)"
                )
            }
            tokens += answer.tokens
            seconds += answer.seconds
        }
        return Double(tokens) / seconds
    }
}
