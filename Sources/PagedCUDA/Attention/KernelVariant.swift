internal import CPagedCUDA
internal import PagedAttention

/// A kernel compiled for a size: what is compiled, loaded and launched.
package struct KernelVariant: Hashable, Sendable {
    package let kernel: CUDAKernel
    /// Head sizes up to it, or 32nds of the greatest value head size; 0 where there is one for all.
    package let size: Int

    /// The variant that fits a shape best; nil if none serves it.
    init?(_ kernel: CUDAKernel, fitting shape: AttentionShape) {
        let needed = Self.needed(kernel, shape)
        guard let size = Self.sizes(kernel).first(atLeast: needed) else { return nil }
        self.init(kernel: kernel, size: size)
    }

    /// The variant of the smallest size.
    init(smallest kernel: CUDAKernel) {
        self.init(kernel: kernel, size: Self.sizes(kernel).smallest)
    }

    private static func sizes(_ kernel: CUDAKernel) -> StaticSizes {
        switch kernel.form {
        case .prologue, .math, .sparse: StaticSizes(0, 0, 0, 0, 0)
        case .portable: StaticSizes(2, 4, 8, 16, 32)
        case .decode, .wideDecode, .prompt: StaticSizes(64, 96, 128, 256, 256)
        case .smallPrompt: StaticSizes(128, 128, 128, 128, 128)
        case .latent: StaticSizes(576, 576, 576, 576, 576)
        case .hopper: StaticSizes(64, 128, 256, 256, 256)
        }
    }

    /// The variant whose PTX is in the package, where it serves a shape.
    init?(committed kernel: CUDAKernel, serving shape: AttentionShape) {
        let size =
            switch kernel.form {
            case .prologue, .math, .sparse: 0
            case .portable: 16
            case .decode, .wideDecode, .prompt, .smallPrompt, .hopper: 128
            case .latent: Int?.none
            }
        guard let size, Self.needed(kernel, shape) <= size else { return nil }
        self.init(kernel: kernel, size: size)
    }

    private init(kernel: CUDAKernel, size: Int) {
        self.kernel = kernel
        self.size = size
    }

    private static func needed(_ kernel: CUDAKernel, _ shape: AttentionShape) -> Int {
        switch kernel.form {
        case .prologue, .math, .sparse: 0
        case .portable: (shape.valueHeadSize + 31) / 32
        case .decode, .wideDecode, .prompt, .smallPrompt, .latent, .hopper: shape.headSize
        }
    }

    /// The name of the function in a module.
    var functionName: String {
        let size = size == 0 ? "" : "\(size)"
        return "paged_\(kernel.form.rawValue)\(size)_\(kernel.activationType.name)_"
            + kernel.cacheType.name
    }

    /// Grid and shared memory for a call on a device of so many multiprocessors.
    func launch(_ call: inout paged_cuda_call, processors: Int) -> paged_cuda_launch {
        let (size, chunkBytes) = (Int32(size), Int32(kernel.cacheType.bitCount))
        return switch kernel.form {
        case .prologue: paged_cuda_prologue_launch(&call)
        case .math, .sparse: paged_cuda_math_launch(&call)
        case .portable: paged_cuda_portable_launch(&call)
        case .decode, .wideDecode:
            paged_cuda_decode_launch(&call, size, chunkBytes, kernel.rows)
        case .prompt: paged_cuda_prompt_launch(&call, size, chunkBytes, 0)
        case .smallPrompt: paged_cuda_prompt_launch(&call, size, chunkBytes, 1)
        case .latent: paged_cuda_latent_launch(&call, size, chunkBytes)
        case .hopper: paged_cuda_hopper_launch(&call, size, Int64(processors))
        }
    }
}

/// Sizes in ascending order, without memory of their own.
private struct StaticSizes {
    private let sizes: (Int, Int, Int, Int, Int)

    init(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ e: Int) { sizes = (a, b, c, d, e) }

    var smallest: Int { sizes.0 }

    func first(atLeast needed: Int) -> Int? {
        if needed <= sizes.0 { return sizes.0 }
        if needed <= sizes.1 { return sizes.1 }
        if needed <= sizes.2 { return sizes.2 }
        if needed <= sizes.3 { return sizes.3 }
        return needed <= sizes.4 ? sizes.4 : nil
    }
}
