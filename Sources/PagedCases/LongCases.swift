package import PagedAttention

/// Cases of more positions and more rows than ``ConformanceCases`` has. Only they reach what comes after a kernel's first
/// tiles: sequences in parts, rings of copies that begin again, and more work than a GPU takes at once.
package enum LongCases {
    /// All, and those of ``ParityCase``.
    package static let all: [AttentionCase] =
        waves + parts + ragged + ParityCase.all.flatMap { [$0.decode, $0.prompt] }

    /// Calls whose sequences are split into parts: a decode, a speculative one, one with more rows than CPU kernels
    /// attend in place, and the features that choose keys.
    package static let parts: [AttentionCase] = {
        let plain = AttentionCase(
            heads: 2,
            keyValueHeads: 1,
            headSize: 16,
            lengths: [.init(past: 3100, new: 1), .init(past: 1023, new: 3)]
        )
        let changes: [(inout AttentionCase) -> Void] = [
            { _ in },
            { ($0.heads, $0.keyValueHeads, $0.lengths) = (6, 2, [.init(past: 2047, new: 2)]) },
            { ($0.heads, $0.lengths) = (12, [.init(past: 2049, new: 1), .init(past: 0, new: 4)]) },
            { ($0.heads, $0.lengths) = (32, [.init(past: 3000, new: 1)]) },
            { ($0.heads, $0.lengths) = (25, [.init(past: 2500, new: 2)]) },
            { ($0.window, $0.hasSink) = (1500, true) },
            { ($0.hasHoles, $0.blockSize, $0.softcap) = (true, 512, 5) },
            { ($0.isCausal, $0.lengths) = (false, [.init(past: 1020, new: 9)]) },
        ]
        return changes.map { plain.with($0) }
    }()

    /// Each size of block with each size of head, features in turn; lengths around the ends of blocks and tiles, and rows
    /// of few and of many keys.
    package static let ragged: [AttentionCase] = {
        let changes: [(inout AttentionCase) -> Void] = [
            { _ in }, { $0.window = 100 }, { $0.softcap = 5 }, { $0.hasHoles = true },
            { ($0.isCausal, $0.window) = (false, 0) }, { $0.hasSink = true },
            { ($0.isCausal, $0.window) = (false, 70) },
            { ($0.scale, $0.hasHoles) = (-0.1, true) },
            { ($0.window, $0.softcap, $0.hasSink, $0.hasHoles) = (33, 20, true, true) },
        ]
        let headSizes = [64, 80, 96, 128, 200, 256]
        return [16, 32, 64, 128, 256].enumerated().flatMap { row, blockSize in
            headSizes.enumerated().map { column, headSize in
                AttentionCase(
                    activation: column % 2 == row % 2 ? .float16 : .bfloat16,
                    heads: 2 + 2 * (column % 2),
                    keyValueHeads: 2,
                    headSize: headSize,
                    blockSize: blockSize,
                    lengths: [
                        .init(past: 300, new: 70), .init(past: 0, new: 0),
                        .init(past: 131, new: 1), .init(past: 64, new: 64),
                        .init(past: 0, new: 129),
                    ]
                )
                .with {
                    $0.cache = $0.activation
                    changes[(row * headSizes.count + column) % changes.count](&$0)
                }
            }
        }
    }()

    /// More tiles of rows than a GPU has room for: prompts of several tiles of keys in small blocks and in large ones, and
    /// decodes of any length.
    package static let waves: [AttentionCase] = {
        let prompts = (0..<8).map { AttentionCase.Length(past: 0, new: 300 - 7 * $0) }
        let decodes = (0..<40).map { AttentionCase.Length(past: 17 * $0, new: 1) }
        let prompt = AttentionCase(heads: 16, keyValueHeads: 16, lengths: prompts)
        return [
            prompt, prompt.with { $0.blockSize = 64 },
            AttentionCase(heads: 32, keyValueHeads: 8, headSize: 128, lengths: decodes),
        ]
    }()
}
