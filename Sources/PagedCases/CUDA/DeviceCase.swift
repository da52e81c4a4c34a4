package import PagedCUDA

/// A case that a kernel on a device can be checked with.
package protocol DeviceCase: Sendable {
    /// The case with the kernel's types and the numbers of a seed.
    func typed(for kernel: CUDAKernel, seed: UInt64) -> Self

    /// Whether the kernel serves the case's types and sizes.
    func isServed(by kernel: CUDAKernel) -> Bool

    /// Runs the kernel; what does not agree with the reference.
    func problems(
        with kernel: CUDAKernel,
        on stream: CUDAStream,
        _ library: KernelLibrary
    ) throws -> [String]
}

extension AttentionCase: DeviceCase {
    package func typed(for kernel: CUDAKernel, seed: UInt64) -> AttentionCase {
        with {
            ($0.activation, $0.cache) = (kernel.activationType, kernel.cacheType)
            $0.seed = seed
        }
    }

    package func isServed(by kernel: CUDAKernel) -> Bool {
        activation == kernel.activationType && cache == kernel.cacheType && isAllowed
            && kernel.serves(
                layout,
                headSize: headSize,
                valueHeadSize: valueHeadSize ?? headSize,
                blockSize: blockSize
            )
    }

    package func problems(
        with kernel: CUDAKernel,
        on stream: CUDAStream,
        _ library: KernelLibrary
    ) throws -> [String] {
        let tensors = CaseTensors(self)
        try tensors.run(self, on: stream, library, kernel: kernel)
        return try ReferenceResult(self).problems(tensors, self)
    }
}

extension SparseCase: DeviceCase {
    package func typed(for kernel: CUDAKernel, seed: UInt64) -> SparseCase {
        with { $0.base = $0.base.typed(for: kernel, seed: seed) }
    }

    package func isServed(by kernel: CUDAKernel) -> Bool { base.isServed(by: kernel) }

    package func problems(
        with kernel: CUDAKernel,
        on stream: CUDAStream,
        _ library: KernelLibrary
    ) throws -> [String] {
        let tensors = SparseTensors(self)
        try tensors.run(self, on: stream, library)
        return try SparseReference(self).problems(tensors, self)
    }
}
