/// The tensors of a call as a kernel sees them: addresses, and row strides in elements.
package struct KernelTensors {
    /// Row 0 of the queries, keys and values. In a packed query they share rows.
    package let query: UnsafeRawPointer
    package let key: UnsafeRawPointer
    /// Nil in the latent layout, where a value is part of its key.
    package let value: UnsafeRawPointer?
    package let queryStride: Int
    package let keyValueStride: Int
    /// The caches and the output, (tokens, heads, head size).
    package let keyCache: UnsafeMutableRawPointer
    package let valueCache: UnsafeMutableRawPointer
    package let output: UnsafeMutableRawPointer
    /// The block table as given: its values are checked on use.
    package let blockTable: UnsafePointer<Int32>
    /// Optional tensors; the rotary caches are nil when the node does not rotate.
    package let slotMapping: UnsafePointer<Int32>?
    package let cosine: UnsafeRawPointer?
    package let sine: UnsafeRawPointer?
    package let headSink: UnsafeRawPointer?
    package let queryNorm: UnsafeRawPointer?
    package let keyNorm: UnsafeRawPointer?
    /// Scales of quantised caches; those of values are the keys' in the latent layout.
    package internal(set) var keyScale: KernelScale
    package internal(set) var valueScale: KernelScale

    /// The tensors of a valid call; addresses may be a device's, because nothing is read.
    package init(
        _ inputs: AttentionInputs,
        output: TensorView,
        _ shape: AttentionShape,
        doRotary: Bool
    ) {
        let size = inputs.query.elementType.byteCount
        let keyWidth = shape.keyValueHeadCount * shape.headSize
        let queryWidth = shape.headCount * shape.headSize
        let row = Self.address(inputs.query)
        query = row
        key = inputs.key.map(Self.address) ?? row + queryWidth * size
        value =
            shape.isPacked ? row + (queryWidth + keyWidth) * size : inputs.value.map(Self.address)
        queryStride = shape.isPacked ? queryWidth + 2 * keyWidth : queryWidth
        keyValueStride = shape.isPacked ? queryStride : keyWidth
        keyCache = inputs.keyCache.base
        valueCache = inputs.valueCache?.base ?? inputs.keyCache.base
        self.output = output.base
        blockTable = inputs.blockTable.integers
        slotMapping = inputs.slotMapping?.integers
        cosine = doRotary ? inputs.cosineCache.map(Self.address) : nil
        sine = doRotary ? inputs.sineCache.map(Self.address) : nil
        headSink = inputs.headSink.map(Self.address)
        queryNorm = inputs.queryNormWeight.map(Self.address)
        keyNorm = inputs.keyNormWeight.map(Self.address)
        keyScale = KernelScale(inputs.keyScale)
        valueScale = inputs.valueCache == nil ? keyScale : KernelScale(inputs.valueScale)
    }

    private static func address(_ tensor: TensorView) -> UnsafeRawPointer {
        UnsafeRawPointer(tensor.base)
    }
}
