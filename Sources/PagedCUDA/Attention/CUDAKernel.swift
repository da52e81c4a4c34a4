internal import CPagedCUDA
package import PagedAttention
package import PagedKernels

/// One CUDA kernel: what it can do, as a row of ``CUDAKernelList``.
///
/// The list feeds the choice for a call, the conformance tests, `paged bench cuda` and the tool's list of
/// kernels. A row stands for functions of several sizes, ``KernelVariant``.
package struct CUDAKernel: Hashable, Sendable, CustomStringConvertible {
    /// What a kernel does, and with what.
    package enum Form: String, Hashable, CaseIterable, Sendable {
        /// Prepares queries, stores keys and values, makes lengths safe: comes first in every call.
        case prologue
        /// Attends with float products and without tiles, one row of queries at a time.
        case math
        /// Attends with float products.
        case portable
        /// Attends with tensor cores, 8 rows of queries at a time.
        case decode
        /// The same with 16 rows.
        case wideDecode = "wide_decode"
        /// Attends with tensor cores, 64 rows of queries at a time.
        case prompt
        /// The same in half of the shared memory, which is what SM75 has.
        case smallPrompt = "small_prompt"
        /// Attends over latent rows with tensor cores, 64 rows of queries at a time.
        case latent
        /// Attends with the tensor cores of SM90, 128 rows of queries at a time.
        case hopper
        /// `SparsePagedAttention`: as math, over candidates.
        case sparse
    }

    package let form: Form
    /// The type of queries, keys, values and output.
    package let activationType: ElementType
    /// What the elements of the caches are.
    package let cacheType: ElementType

    /// A unique name, such as `"float16.int8.sm_75-decode"`: activation, cache, oldest architecture, form.
    package var name: String {
        "\(activationType.name).\(cacheType.name).\(architecture)-\(form.rawValue)"
    }

    /// The name.
    package var description: String { name }

    /// Whether it uses tensor cores.
    package var usesTensorCores: Bool {
        switch form {
        case .prologue, .math, .portable, .sparse: false
        case .decode, .wideDecode, .prompt, .smallPrompt, .latent, .hopper: true
        }
    }

    /// The oldest GPUs that have its instructions.
    package var architecture: CUDAArchitecture {
        switch form {
        case .prologue, .math, .portable, .sparse: CUDAArchitecture(major: 6, minor: 0)
        case .decode, .wideDecode, .prompt, .smallPrompt:
            activationType == .float16
                ? CUDAArchitecture(major: 7, minor: 5) : CUDAArchitecture(major: 8, minor: 0)
        case .latent: CUDAArchitecture(major: 8, minor: 0)
        case .hopper: CUDAArchitecture(major: 9, minor: 0)
        }
    }

    /// Whether GPUs of an architecture have its instructions. Those of SM90's tensor cores are in no other.
    package func runs(on architecture: CUDAArchitecture) -> Bool {
        form == .hopper ? architecture == self.architecture : self.architecture <= architecture
    }

    /// Whether it serves only who asks for its family, because a GPU has yet to show that it works.
    package var isOnTrial: Bool { form == .hopper }

    /// Head sizes that it serves: with tensor cores, rows of whole 16 bytes in the cache.
    package var headSizes: SizeRule {
        switch form {
        case .prologue, .math, .portable, .sparse: .multiple(of: 8, maximum: 1024)
        case .decode, .wideDecode, .prompt:
            .multiple(of: 128 / cacheType.bitCount, maximum: 256)
        case .smallPrompt: .multiple(of: 128 / cacheType.bitCount, maximum: 128)
        case .latent: .multiple(of: 128 / cacheType.bitCount, maximum: 576)
        case .hopper: .multiple(of: 8, maximum: 256)
        }
    }

    /// Block sizes that it serves.
    package var blockSizes: SizeRule { .powerOfTwo(minimum: 16) }

    /// Whether it serves the latent layout.
    package var servesLatent: Bool { serves(.latent) }

    private func serves(_ layout: CacheLayout) -> Bool {
        switch form {
        case .prologue, .math, .portable: true
        case .decode, .wideDecode, .prompt, .smallPrompt, .hopper, .sparse: layout == .separate
        case .latent: layout == .latent
        }
    }

    /// Whether it serves a layout with heads and blocks of such sizes.
    package func serves(
        _ layout: CacheLayout,
        headSize: Int,
        valueHeadSize: Int,
        blockSize: Int
    ) -> Bool {
        serves(layout) && headSizes.admits(headSize) && blockSizes.admits(blockSize)
            && (form != .latent || valueHeadSize <= 512)
    }

    /// Whether several blocks may share the keys of a row.
    var hasParts: Bool { form != .math && form != .sparse }

    /// Query rows that a block attends with.
    var rows: Int32 {
        switch form {
        case .math, .sparse: Int32(PAGED_CUDA_MATH_ROWS)
        case .prologue, .portable: Int32(PAGED_CUDA_PORTABLE_ROWS)
        case .decode: Int32(PAGED_CUDA_DECODE_ROWS)
        case .wideDecode: Int32(PAGED_CUDA_WIDE_DECODE_ROWS)
        case .prompt, .smallPrompt: Int32(PAGED_CUDA_PROMPT_ROWS)
        case .latent: Int32(PAGED_CUDA_LATENT_ROWS)
        case .hopper: Int32(PAGED_CUDA_HOPPER_ROWS)
        }
    }
}

/// Every CUDA kernel of this build.
package enum CUDAKernelList {
    /// All rows, the tensor core kernels first.
    package static let all: [CUDAKernel] = forms.flatMap { form in
        activations.flatMap { activation in
            ([activation] + codes).map {
                CUDAKernel(form: form, activationType: activation, cacheType: $0)
            }
        }
    }.filter(exists)

    /// The rows that attend for `PagedAttention`.
    package static let attention: [CUDAKernel] = all.filter {
        $0.form != .prologue && $0.form != .sparse
    }

    private static let forms: [CUDAKernel.Form] = [
        .decode, .wideDecode, .prompt, .hopper, .latent, .smallPrompt, .portable, .math, .sparse,
        .prologue,
    ]
    private static let activations: [ElementType] = [.float16, .bfloat16]
    private static let codes: [ElementType] = [.int8, .float8e4m3fn, .int4, .float4e2m1]

    /// Latent caches have no 4-bit codes, and SM75 multiplies no bfloat16.
    private static func exists(_ kernel: CUDAKernel) -> Bool {
        switch kernel.form {
        case .latent: !kernel.cacheType.isPacked
        case .smallPrompt: kernel.activationType == .float16
        default: true
        }
    }
}
