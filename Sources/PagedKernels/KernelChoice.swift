internal import PagedAttention

/// The kernel that serves a call, and the family for which it was chosen.
public struct KernelChoice: Sendable {
    /// The family, as users switch it.
    public let family: KernelFamily
    /// The kernel.
    public let kernel: KernelRecord
}

/// The kernels of one node in the order of preference, for each shape of call.
struct KernelChoices {
    private let decode: [KernelChoice]
    private let other: [KernelChoice]

    /// Orders `records`, which serve the node's types, by the families that a selection allows.
    init(_ records: [KernelRecord], _ selection: KernelSelection) {
        let best = records.map(\.instructionSet).max()
        func choices(isDecodeShaped: Bool) -> [KernelChoice] {
            selection.families(isDecodeShaped: isDecodeShaped).flatMap { family in
                records.filter { record in
                    switch family {
                    case .flashAttention, .decoderAttention:
                        !record.isReference && record.instructionSet == best
                    case .efficientAttention:
                        !record.isReference && record.instructionSet == .baseline
                    case .math: record.isReference
                    case .cudnnFlashAttention: false
                    }
                }
                .map { KernelChoice(family: family, kernel: $0) }
            }
        }
        decode = choices(isDecodeShaped: true)
        other = choices(isDecodeShaped: false)
    }

    /// What may serve a call of this shape, the preferred one first.
    func list(for shape: AttentionShape) -> [KernelChoice] {
        shape.tokenCount <= shape.sequenceCount ? decode : other
    }

    /// Whether no call can be served.
    var isEmpty: Bool { decode.isEmpty }
}
