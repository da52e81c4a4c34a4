internal import PagedAttention

/// The cases of the pull request that brought PagedAttention to ONNX Runtime, by name: every rotation, packed or not,
/// with and without a window and a softcap. Shapes are upstream's, but for fewer heads and tokens.
///
/// Source: the class TestPagedAttention of ONNX Runtime's tests.
package struct ParityCase: Sendable {
    /// Such as `"half-packed-local-softcap50"`.
    package let name: String
    /// Tokens at the end of sequences of up to 300 positions.
    package let prompt: AttentionCase
    /// The same with one token for each sequence.
    package let decode: AttentionCase

    /// All 24.
    package static let all: [ParityCase] = {
        let rotations: [(String, AttentionCase.Rotary)] = [
            ("half", .half), ("interleaved", .interleaved), ("no_rotary", .none),
        ]
        var all: [ParityCase] = []
        for (name, rotary) in rotations {
            for isPacked in [false, true] {
                for isLocal in [false, true] {
                    for softcap in [0, 50] {
                        let words = [
                            name, isPacked ? "packed" : "unpacked", isLocal ? "local" : "global",
                            "softcap\(softcap)",
                        ]
                        all.append(
                            ParityCase(words.joined(separator: "-"), UInt64(all.count + 1), isLocal)
                            {
                                ($0.rotary, $0.isPacked) = (rotary, isPacked)
                                $0.softcap = Float(softcap)
                            }
                        )
                    }
                }
            }
        }
        return all
    }()

    private init(
        _ name: String,
        _ seed: UInt64,
        _ isLocal: Bool,
        _ change: (inout AttentionCase) -> Void
    ) {
        var random = SplitMix(seed: seed)
        let lengths = (0..<4).map { sequence in
            AttentionCase.Length(
                past: sequence == 0 ? 283 : Int.random(in: 0...283, using: &random),
                new: sequence == 0 ? 17 : Int.random(in: 1...17, using: &random)
            )
        }
        let base = AttentionCase(
            activation: .float16,
            cache: .float16,
            heads: 4,
            keyValueHeads: 1,
            headSize: 256,
            blockSize: 256,
            window: isLocal ? Int.random(in: 1..<300, using: &random) : -1,
            seed: seed
        ).with(change)
        self.name = name
        prompt = base.with { $0.lengths = lengths }
        decode = base.with { $0.lengths = lengths.map { .init(past: $0.past, new: 1) } }
    }
}
