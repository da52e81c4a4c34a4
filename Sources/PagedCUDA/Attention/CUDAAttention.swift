internal import CPagedCUDA
package import PagedAttention
package import PagedKernels

/// One PagedAttention or SparsePagedAttention node on a GPU: its attributes, and the kernels that may serve its calls.
///
///     let attention = try CUDAAttention(
///         attributes: attributes, activationType: .float16, cacheType: .float16, library: library)
///     let call = try attention.call(inputs, output: output)
///     try attention.launch(call, on: stream)
///
/// Tensors lie on the device, except `attentionMetadata`. Nothing is read back, so values of lengths,
/// tables and slots may be anything, and a launch may be captured in a graph after one that was not.
package final class CUDAAttention: Sendable {
    /// The attributes of the node.
    package let attributes: AttentionAttributes
    private let activationType: ElementType
    private let cacheType: ElementType
    private let library: KernelLibrary
    private let prologue: CUDAKernel
    private let selection: KernelSelection
    private let sparse: SparseSelection?
    private let choices: CUDAChoices
    private let tensorMaps = TensorMapCache()

    /// Checks the attributes and chooses the kernels.
    ///
    /// - Parameters:
    ///   - cacheType: of the cache tensors; `uint8` holds the 4-bit codes that the attributes name.
    ///   - sparse: what queries attend to in a SparsePagedAttention node, which has one kernel for all families.
    ///   - selection: the families of kernels that may serve.
    ///   - kernel: the only one that may attend, whatever the selection, for tests and measurements.
    /// - Throws: `invalidArgument` for attributes that the operator does not allow and for a selection of
    ///   families that do not exist here, `notImplemented` for types that no kernel serves.
    package init(
        attributes: AttentionAttributes,
        activationType: ElementType,
        cacheType: ElementType,
        sparse: SparseSelection? = nil,
        selection: KernelSelection = .automatic,
        kernel: CUDAKernel? = nil,
        library: KernelLibrary
    ) throws(OperatorError) {
        try attributes.validate()
        guard let format = attributes.cacheFormat(ofTensor: cacheType) else {
            throw .invalidArgument(
                "k_cache_dtype must be explicit int4 or float4e2m1 for a uint8 cache, got "
                    + "'\(attributes.keyCacheType)'"
            )
        }
        let kernels = CUDAKernelList.all.filter {
            $0.activationType == activationType && $0.cacheType == format
        }
        guard let prologue = kernels.first(where: { $0.form == .prologue }) else {
            throw .notImplemented(
                "no CUDA kernel for \(activationType.name) activations and a \(format.name) cache"
            )
        }
        let all = CUDAChoices(kernels, selection)
        guard !all.isEmpty else { throw .invalidArgument(selection.refusal) }
        let only = sparse == nil ? kernel : kernels.first { $0.form == .sparse }
        choices = only.map { CUDAChoices(only: $0) } ?? all
        self.sparse = sparse
        self.prologue = prologue
        self.attributes = attributes
        self.activationType = activationType
        self.cacheType = cacheType
        self.selection = selection
        self.library = library
    }

    /// Checks types and shapes of a call against the operator's rules.
    ///
    /// - Throws: `invalidArgument` with the first rule broken.
    /// - Complexity: O(1); allocates nothing unless it throws.
    package func shape(of inputs: AttentionInputs) throws(OperatorError) -> AttentionShape {
        let context = RuleContext(
            inputs: inputs,
            attributes: attributes,
            activationType: activationType,
            cacheType: cacheType
        )
        try ShapeRules.check(ShapeRules.all, context)
        let shape = context.shape
        if shape.tokenCount > 0 {
            try ShapeRules.check(ShapeRules.capacity, context)
            try ValueRules.checkMetadata(inputs, shape)
        }
        return shape
    }

    /// Checks a call and makes it ready.
    ///
    /// - Parameters:
    ///   - shape: what `shape(of:)` says of the inputs, if that was asked before.
    ///   - output: a tensor of the call's `outputShape` in the activation type.
    /// - Throws: `invalidArgument` with the first rule broken, or where the allowed families serve no call
    ///   of this shape.
    /// - Complexity: O(1); allocates nothing unless it throws.
    package func call(
        _ inputs: AttentionInputs,
        shape known: AttentionShape? = nil,
        output: TensorView
    ) throws(OperatorError) -> CUDACall {
        let shape = if let known { known } else { try shape(of: inputs) }
        guard output.elementType == activationType, output.shape == shape.outputShape else {
            throw .invalidArgument(
                "output must be \(activationType.name) of shape \(shape.outputShape), got "
                    + "\(output.elementType.name) of shape \(output.shape)"
            )
        }
        let capacity = saturatingProduct(shape.maximumBlocksPerSequence, shape.blockSize)
        let bound = inputs.attentionMetadata.map { Int($0.integers[1]) } ?? 0
        let call = CUDACall(
            call: paged_cuda_call(shape, inputs, output: output, attributes),
            shape: shape,
            longest: bound > 0 ? min(bound, capacity) : capacity
        )
        if choices.list(for: call).isEmpty { throw .invalidArgument(selection.refusal) }
        return call
    }

    /// Checks a call of a SparsePagedAttention node likewise.
    ///
    /// - Parameter inputs: tensors on the device, except `metadata`.
    package func call(_ inputs: SparseInputs, output: TensorView) throws(OperatorError) -> CUDACall
    {
        var call = try call(inputs.attention, output: output)
        let selection = sparse ?? SparseSelection()
        try SparseRules.check(
            SparseRuleContext(inputs: inputs, selection: selection, shape: call.shape)
        )
        try SparseRules.checkMetadata(inputs)
        call.call.setCandidates(inputs, selection)
        return call
    }

    /// Enqueues a call: the new keys and values are written, then attended to.
    ///
    /// - Returns: what serves it; nil if there is nothing to do.
    /// - Throws: what the driver says, or why no kernel serves a call of this shape on this device. Of
    ///   work that fails later, `CUDAStream.synchronise` tells.
    /// - Complexity: O(1); after the first call of a shape in a stream it allocates nothing.
    @discardableResult
    package func launch(
        _ call: CUDACall,
        on stream: CUDAStream
    ) throws(CUDAError) -> CUDAChoice? {
        guard !call.isEmpty else { return nil }
        guard let first = try function(prologue, call) else { throw refusal(call) }
        for choice in choices.list(for: call) where serves(choice.kernel, call) {
            guard let second = try function(choice.kernel, call) else { continue }
            try launch(call, first, second, stream)
            return choice
        }
        throw refusal(call)
    }

    /// A kernel with the variant that is there: the fitting one, or that of the package.
    private func function(
        _ kernel: CUDAKernel,
        _ call: CUDACall
    ) throws(CUDAError) -> LaunchedKernel? {
        if let variant = KernelVariant(kernel, fitting: call.shape), fits(variant, call),
            let function = try library.function(variant)
        {
            return LaunchedKernel(variant: variant, function: function)
        }
        if let variant = KernelVariant(committed: kernel, serving: call.shape),
            fits(variant, call), let function = try library.function(variant)
        {
            return LaunchedKernel(variant: variant, function: function)
        }
        return nil
    }

    /// Whether a kernel serves calls of this shape on the device, if a block has the shared memory.
    private func serves(_ kernel: CUDAKernel, _ call: CUDACall) -> Bool {
        kernel.runs(on: library.device.architecture)
            && kernel.serves(
                attributes.cacheLayout,
                headSize: call.shape.headSize,
                valueHeadSize: call.shape.valueHeadSize,
                blockSize: call.shape.blockSize
            )
    }

    /// Whether a block of the device has the shared memory.
    private func fits(_ variant: KernelVariant, _ call: CUDACall) -> Bool {
        var call = call.call
        let device = library.device
        return variant.launch(&call, processors: device.multiprocessorCount).shared_bytes
            <= device.sharedMemoryPerBlock
    }

    private func launch(
        _ call: CUDACall,
        _ first: LaunchedKernel,
        _ second: LaunchedKernel,
        _ stream: CUDAStream
    ) throws(CUDAError) {
        var memory = call.call
        let rows = second.variant.kernel.rows
        if second.variant.kernel.hasParts {
            memory.part_limit = paged_cuda_part_limit(
                &memory,
                rows,
                Int64(library.device.multiprocessorCount),
                Int64(call.longest)
            )
        }
        let maps = try maps(&memory, second.variant)
        let byteCount = Int(paged_cuda_workspace_of(&memory, rows).byte_count)
        try stream.withWorkspace(byteCount: byteCount) { base throws(CUDAError) in
            paged_cuda_set_workspace(&memory, rows, base)
            try first.launch(&memory, .none, on: stream)
            try second.launch(&memory, maps, on: stream)
        }
    }

    /// The caches as boxes, for kernels that can copy them so.
    private func maps(
        _ call: inout paged_cuda_call,
        _ variant: KernelVariant
    ) throws(CUDAError) -> TensorMaps {
        let kernel = variant.kernel
        guard kernel.form == .hopper, kernel.cacheType == kernel.activationType else {
            return .none
        }
        return try tensorMaps.maps(&call, size: Int32(variant.size), on: library.device)
    }

    /// Why no kernel serves a call, with everything that was tried.
    private func refusal(_ call: CUDACall) -> CUDAError {
        let device = library.device
        let kernels = [prologue] + choices.list(for: call).map(\.kernel)
        let reasons = kernels.compactMap { kernel -> String? in
            let variants = [
                KernelVariant(kernel, fitting: call.shape),
                KernelVariant(committed: kernel, serving: call.shape),
            ]
            let known = variants.compactMap(\.self).compactMap(library.refusal)
            if let reason = known.first { return "\(kernel): \(reason)" }
            if kernel == prologue { return nil }
            return serves(kernel, call) && !variants.compactMap(\.self).contains { fits($0, call) }
                ? "\(kernel) needs more shared memory than a block has there"
                : "\(kernel) is for \(kernel.architecture)\(kernel.form == .hopper ? "" : " and newer"), "
                    + "and other sizes"
        }
        return CUDAError(
            .noCode,
            "no kernel for head_size \(call.shape.headSize) on \(device.name) "
                + "(\(device.architecture)): " + reasons.joined(separator: "; ")
        )
    }
}

/// A kernel with its code.
private struct LaunchedKernel {
    let variant: KernelVariant
    let function: DeviceFunction

    /// Kernels without boxes have no second parameter, and the driver does not look at it.
    func launch(
        _ call: inout paged_cuda_call,
        _ maps: TensorMaps,
        on stream: CUDAStream
    ) throws(CUDAError) {
        let device = stream.device
        let shape = variant.launch(&call, processors: device.multiprocessorCount)
        try device.perform { functions throws(CUDAError) in
            let code = withUnsafeMutablePointer(to: &call) { call in
                var arguments: InlineArray<2, UnsafeMutableRawPointer?> = [
                    UnsafeMutableRawPointer(call), UnsafeMutableRawPointer(maps.maps),
                ]
                var span = arguments.mutableSpan
                return span.withUnsafeMutableBufferPointer { arguments in
                    functions.launch(
                        function.handle,
                        shape.grid_x,
                        shape.grid_y,
                        shape.grid_z,
                        shape.threads,
                        1,
                        1,
                        shape.shared_bytes,
                        stream.handle,
                        arguments.baseAddress,
                        nil
                    )
                }
            }
            try device.driver.check(code, "cuLaunchKernel", variant.functionName)
        }
    }
}
