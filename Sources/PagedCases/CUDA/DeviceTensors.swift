package import PagedAttention
package import PagedCUDA
package import PagedKernels

/// The tensors of a case on a device.
package final class DeviceTensors {
    private var places: [(tensor: Tensor, buffer: DeviceBuffer)] = []
    private let stream: CUDAStream
    /// The tensors of the call, there.
    package private(set) var inputs: AttentionInputs
    package private(set) var output: TensorView

    /// Copies the tensors of a case.
    package init(_ tensors: CaseTensors, on stream: CUDAStream) throws {
        self.stream = stream
        inputs = tensors.withInputs { $0 }
        output = tensors.output.view
        inputs.query = try place(tensors.query)
        inputs.key = try tensors.key.map(place)
        inputs.value = try tensors.value.map(place)
        inputs.keyCache = try place(tensors.keyCache)
        inputs.valueCache = try tensors.valueCache.map(place)
        inputs.cumulativeSequenceLengths = try place(tensors.starts)
        inputs.pastSequenceLengths = try place(tensors.past)
        inputs.blockTable = try place(tensors.table)
        inputs.cosineCache = try tensors.cosine.map(place)
        inputs.sineCache = try tensors.sine.map(place)
        inputs.slotMapping = try tensors.slots.map(place)
        inputs.headSink = try tensors.sink.map(place)
        inputs.queryNormWeight = try tensors.queryNorm.map(place)
        inputs.keyNormWeight = try tensors.keyNorm.map(place)
        inputs.keyScale = try tensors.keyScale.map(place)
        inputs.valueScale = try tensors.valueScale.map(place)
        output = try place(tensors.output)
        try stream.synchronise()
    }

    /// Copies a tensor; its memory on the device stays as long as this.
    fileprivate func place(_ tensor: Tensor) throws -> TensorView {
        let view = tensor.view
        let bytes = UnsafeRawBufferPointer(start: view.base, count: tensor.byteCount)
        let buffer = try DeviceBuffer(stream.device, byteCount: tensor.byteCount)
        try buffer.copy(from: bytes, on: stream)
        places.append((tensor, buffer))
        return TensorView(
            base: buffer.pointer,
            elementType: view.elementType,
            shape: view.shape
        )
    }

    /// Waits for the device and copies caches and output back into the tensors of the case.
    package func finish(_ tensors: CaseTensors) throws {
        for (tensor, buffer) in places
        where tensor === tensors.output || tensor === tensors.keyCache
            || tensor === tensors.valueCache
        {
            let bytes = UnsafeMutableRawBufferPointer(
                start: tensor.view.base,
                count: tensor.byteCount
            )
            try buffer.copy(to: bytes, on: stream)
        }
        try stream.synchronise()
    }
}

extension CaseTensors {
    /// Runs the case on a device; caches and output are changed in place.
    ///
    /// - Parameters:
    ///   - kernel: the one to use; nil for the choice of `selection`.
    /// - Returns: what served.
    @discardableResult
    package func run(
        _ c: AttentionCase,
        on stream: CUDAStream,
        _ library: KernelLibrary,
        kernel: CUDAKernel? = nil,
        selection: KernelSelection = .automatic
    ) throws -> CUDAChoice? {
        let attention = try CUDAAttention(
            attributes: c.attributes,
            activationType: c.activation,
            cacheType: c.cacheTensor,
            selection: selection,
            kernel: kernel,
            library: library
        )
        let placed = try DeviceTensors(self, on: stream)
        let call = try attention.call(placed.inputs, output: placed.output)
        let choice = try attention.launch(call, on: stream)
        try placed.finish(self)
        return choice
    }
}

extension SparseTensors {
    /// Runs a case of `SparsePagedAttention` on a device; caches and output are changed in place.
    package func run(_ c: SparseCase, on stream: CUDAStream, _ library: KernelLibrary) throws {
        let operation = try CUDAAttention(
            attributes: c.base.attributes,
            activationType: c.base.activation,
            cacheType: c.base.cacheTensor,
            sparse: c.selection,
            library: library
        )
        let placed = try DeviceTensors(attention, on: stream)
        var inputs = SparseInputs(
            attention: placed.inputs,
            selectedIndices: try placed.place(indices),
            selectedCounts: try placed.place(counts)
        )
        inputs.auxiliaryKey = try key.map(placed.place)
        inputs.auxiliaryValue = try value.map(placed.place)
        inputs.auxiliaryLengths = try lengths.map(placed.place)
        let call = try operation.call(inputs, output: placed.output)
        try operation.launch(call, on: stream)
        try placed.finish(attention)
    }
}
