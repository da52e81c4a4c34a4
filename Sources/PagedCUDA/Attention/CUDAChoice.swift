internal import CPagedCUDA
package import PagedKernels

/// The kernel that serves a call on a GPU, and the family for which it was chosen.
package struct CUDAChoice: Sendable {
    /// The family, as users switch it.
    package let family: KernelFamily
    /// The kernel.
    package let kernel: CUDAKernel
}

/// The kernels of one node in the order of preference, for each shape of call.
///
/// The families mean on GPUs what they mean on processors: decoder and flash attention are the kernels for
/// the best instructions, here tensor cores; efficient attention is what every GPU can run, and math the plainest
/// way, which needs the least of a GPU. cuDNN's family is what only SM90 has; where it is enabled it goes first with
/// many rows.
struct CUDAChoices {
    private let decode: ByRows
    private let others: ByRows

    /// The kernels for few rows of a sequence, for more, and for many.
    private struct ByRows {
        var narrow: [CUDAChoice]
        var wide: [CUDAChoice]
        var many: [CUDAChoice]
    }

    /// Orders `kernels`, which serve the node's types, by the families that a selection allows.
    init(_ kernels: [CUDAKernel], _ selection: KernelSelection) {
        func choices(
            isDecodeShaped: Bool,
            first: KernelFamily? = nil,
            _ flash: [CUDAKernel.Form]
        ) -> [CUDAChoice] {
            let families = selection.families(isDecodeShaped: isDecodeShaped)
            let ordered = families.filter { $0 == first } + families.filter { $0 != first }
            return ordered.flatMap { family in
                Self.forms(family, flash).flatMap { form in
                    kernels.filter { $0.form == form }
                        .map { CUDAChoice(family: family, kernel: $0) }
                }
            }
        }
        func byRows(isDecodeShaped: Bool) -> ByRows {
            ByRows(
                narrow: choices(isDecodeShaped: isDecodeShaped, [.latent, .decode]),
                wide: choices(isDecodeShaped: isDecodeShaped, [.latent, .wideDecode]),
                many: isDecodeShaped
                    ? choices(isDecodeShaped: true, [.latent, .wideDecode])
                    : choices(
                        isDecodeShaped: false,
                        first: .cudnnFlashAttention,
                        [.latent, .prompt, .smallPrompt]
                    )
            )
        }
        decode = byRows(isDecodeShaped: true)
        others = byRows(isDecodeShaped: false)
    }

    /// The kernels of a family, the preferred one first; decoder and flash attention have the same ones.
    private static func forms(
        _ family: KernelFamily,
        _ flash: [CUDAKernel.Form]
    ) -> [CUDAKernel.Form] {
        switch family {
        case .decoderAttention, .flashAttention: flash
        case .efficientAttention: [.portable]
        case .cudnnFlashAttention: [.hopper]
        case .math: [.math]
        }
    }

    /// One kernel for every call, under the family that has it.
    init(only kernel: CUDAKernel) {
        let family: KernelFamily =
            switch kernel.form {
            case .math: .math
            case .prologue, .portable, .sparse: .efficientAttention
            case .hopper: .cudnnFlashAttention
            default: .flashAttention
            }
        let only = [CUDAChoice(family: family, kernel: kernel)]
        decode = ByRows(narrow: only, wide: only, many: only)
        others = decode
    }

    /// What may serve a call, the preferred one first.
    func list(for call: CUDACall) -> [CUDAChoice] {
        let choices = call.isDecodeShaped ? decode : others
        if call.fits(rows: PAGED_CUDA_DECODE_ROWS) { return choices.narrow }
        return call.fits(rows: PAGED_CUDA_WIDE_DECODE_ROWS) ? choices.wide : choices.many
    }

    /// Whether no call can be served.
    var isEmpty: Bool { decode.narrow.isEmpty }
}
