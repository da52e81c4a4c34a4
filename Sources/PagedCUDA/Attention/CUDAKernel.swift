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
        /// Attends with float products.
        case portable
        /// Attends with tensor cores, 16 rows of queries at a time.
        case decode
        /// Attends with tensor cores, 64 rows of queries at a time.
        case prompt
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
    package var usesTensorCores: Bool { form == .decode || form == .prompt }

    /// The oldest GPUs that have its instructions.
    package var architecture: CUDAArchitecture {
        guard usesTensorCores else { return CUDAArchitecture(major: 6, minor: 0) }
        return activationType == .float16
            ? CUDAArchitecture(major: 7, minor: 5) : CUDAArchitecture(major: 8, minor: 0)
    }

    /// Head sizes that it serves: with tensor cores, rows of whole 16 bytes in the cache.
    package var headSizes: SizeRule {
        usesTensorCores
            ? .multiple(of: 128 / cacheType.bitCount, maximum: 256)
            : .multiple(of: 8, maximum: 1024)
    }

    /// Block sizes that it serves.
    package var blockSizes: SizeRule { .powerOfTwo(minimum: 16) }

    /// Whether it serves the latent layout.
    package var servesLatent: Bool { !usesTensorCores }

    /// Whether it serves calls of a shape on GPUs of an architecture.
    package func serves(
        _ shape: AttentionShape,
        _ layout: CacheLayout,
        _ architecture: CUDAArchitecture
    ) -> Bool {
        self.architecture <= architecture && headSizes.admits(shape.headSize)
            && blockSizes.admits(shape.blockSize) && (layout == .separate || servesLatent)
    }

    /// Query rows that a block attends with.
    var rows: Int32 {
        switch form {
        case .prologue, .portable: Int32(PAGED_CUDA_PORTABLE_ROWS)
        case .decode: Int32(PAGED_CUDA_DECODE_ROWS)
        case .prompt: Int32(PAGED_CUDA_PROMPT_ROWS)
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
    }

    private static let forms: [CUDAKernel.Form] = [.decode, .prompt, .portable, .prologue]
    private static let activations: [ElementType] = [.float16, .bfloat16]
    private static let codes: [ElementType] = [.int8, .float8e4m3fn, .int4, .float4e2m1]
}
