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
/// way, which needs the least of a GPU.
struct CUDAChoices {
    private let decode: [CUDAChoice]
    private let few: [CUDAChoice]
    private let many: [CUDAChoice]

    /// Orders `kernels`, which serve the node's types, by the families that a selection allows.
    init(_ kernels: [CUDAKernel], _ selection: KernelSelection) {
        func choices(isDecodeShaped: Bool, hasFewRows: Bool) -> [CUDAChoice] {
            selection.families(isDecodeShaped: isDecodeShaped).flatMap { family in
                Self.forms(family, hasFewRows: hasFewRows).flatMap { form in
                    kernels.filter { $0.form == form }
                        .map { CUDAChoice(family: family, kernel: $0) }
                }
            }
        }
        decode = choices(isDecodeShaped: true, hasFewRows: true)
        few = choices(isDecodeShaped: false, hasFewRows: true)
        many = choices(isDecodeShaped: false, hasFewRows: false)
    }

    /// The kernels of a family, the preferred one first. A small one serves where a block has no room for the
    /// large one.
    private static func forms(_ family: KernelFamily, hasFewRows: Bool) -> [CUDAKernel.Form] {
        switch family {
        case .decoderAttention: [.latent, .decode, .smallDecode]
        case .flashAttention:
            hasFewRows
                ? [.latent, .decode, .smallDecode] : [.latent, .hopper, .prompt, .smallPrompt]
        case .efficientAttention: [.portable]
        case .math: [.math]
        }
    }

    /// One kernel for every call, under the family that has it.
    init(only kernel: CUDAKernel) {
        let family: KernelFamily =
            switch kernel.form {
            case .math: .math
            case .prologue, .portable, .sparse: .efficientAttention
            default: .flashAttention
            }
        decode = [CUDAChoice(family: family, kernel: kernel)]
        (few, many) = (decode, decode)
    }

    /// What may serve a call, the preferred one first.
    func list(for call: CUDACall) -> [CUDAChoice] {
        if call.isDecodeShaped { return decode }
        return call.hasFewRows ? few : many
    }

    /// Whether no call can be served.
    var isEmpty: Bool { decode.isEmpty }
}
