internal import PagedAttention
package import PagedCUDA

/// A case as calls of many layers on a device: the same lengths and tables, caches of their own, so that what
/// they read comes from memory. Numbers are random bits, made once and repeated, the same ones each time.
package final class DeviceLayers {
    private let c: AttentionCase
    private let stream: CUDAStream
    private var buffers: [DeviceBuffer] = []
    private var patterns: [ElementType: [UInt16]] = [:]
    /// A call for each layer; all write the same output.
    package private(set) var calls: [CUDACall] = []
    private var output: TensorView?

    /// Layers whose caches take at least `coldBytes` together, two at the least.
    package init(
        _ c: AttentionCase,
        _ attention: CUDAAttention,
        on stream: CUDAStream,
        coldBytes: Int
    ) throws {
        (self.c, self.stream) = (c, stream)
        var generator = SplitMix(seed: 1)
        let width = c.headSize * c.cache.bitCount / 8 / c.cacheTensor.byteCount
        let blocks = c.lengths.count * c.blocksPerSequence
        let cache = TensorShape(blocks, c.blockSize, c.keyValueHeads, width)
        let queries = TensorShape(c.tokenCount, c.heads * c.headSize)
        let keys = TensorShape(c.tokenCount, c.keyValueHeads * c.headSize)
        let outputs = TensorShape(c.tokenCount, c.heads * (c.valueHeadSize ?? c.headSize))
        let isLatent = c.layout == .latent
        var inputs = AttentionInputs(
            query: try random(c.activation, queries),
            key: try random(c.activation, keys),
            value: isLatent ? nil : try random(c.activation, keys),
            keyCache: try random(c.cacheTensor, cache),
            valueCache: isLatent ? nil : try random(c.cacheTensor, cache),
            cumulativeSequenceLengths: try integers(
                c.lengths.reduce(into: [0]) { $0.append(($0.last ?? 0) + Int32($1.new)) }
            ),
            pastSequenceLengths: try integers(c.lengths.map { Int32($0.past) }),
            blockTable: try integers(
                (0..<Int32(blocks)).shuffled(using: &generator),
                TensorShape(c.lengths.count, c.blocksPerSequence)
            )
        )
        if c.isQuantised {
            inputs.keyScale = try scales(c.keyScales)
            if !isLatent { inputs.valueScale = try scales(c.valueScales) }
        }
        let output = try random(c.activation, outputs)
        self.output = output
        let layerBytes = (isLatent ? 1 : 2) * cache.elementCount * c.cacheTensor.byteCount
        for layer in 0..<max(2, coldBytes / max(layerBytes, 1)) {
            if layer > 0 {
                inputs.keyCache = try random(c.cacheTensor, cache)
                if !isLatent { inputs.valueCache = try random(c.cacheTensor, cache) }
            }
            calls.append(try attention.call(inputs, output: output))
        }
        try stream.synchronise()
    }

    /// What the last call gave for the last tokens, at most 256.
    package func lastOutputs() throws -> [Double] {
        guard let output else { return [] }
        let width = output.shape.elementCount / max(c.tokenCount, 1)
        let count = min(c.tokenCount, 256) * width
        let tensor = Tensor(c.activation, TensorShape(count))
        let skipped = (output.shape.elementCount - count) * c.activation.byteCount
        try stream.copy(
            .fromDevice,
            from: output.base + skipped,
            to: tensor.view.base,
            byteCount: tensor.byteCount
        )
        try stream.synchronise()
        return tensor.values
    }

    private func integers(_ values: [Int32], _ shape: TensorShape? = nil) throws -> TensorView {
        try place(values[...], .int32, shape ?? TensorShape(values.count))
    }

    private func scales(_ type: QuantizationType) throws -> TensorView {
        let shape =
            type == .perTensor ? TensorShape(1) : TensorShape(c.keyValueHeads, 1, c.headSize)
        // Codes then reach to about 1, so that keys matter.
        let largest: [ElementType: Float] = [
            .int8: 128, .float8e4m3fn: 1.875, .int4: 8, .float4e2m1: 6,
        ]
        let scale = 1 / (largest[c.cache] ?? 1)
        let scales = [Float](repeating: scale, count: shape.elementCount)
        return try place(scales[...], .float32, shape)
    }

    private func random(_ type: ElementType, _ shape: TensorShape) throws -> TensorView {
        let pattern = patterns[type] ?? Self.pattern(type)
        patterns[type] = pattern
        // Each begins elsewhere.
        let begin = 4099 * buffers.count % (pattern.count / 2)
        return try place(pattern[begin...], type, shape)
    }

    /// A tensor that repeats some elements.
    private func place<Element: BitwiseCopyable>(
        _ elements: ArraySlice<Element>,
        _ type: ElementType,
        _ shape: TensorShape
    ) throws -> TensorView {
        let byteCount = shape.elementCount * type.byteCount
        let buffer = try DeviceBuffer(stream.device, byteCount: byteCount)
        buffers.append(buffer)
        try elements.withUnsafeBytes { bytes in
            let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(byteCount))
            try buffer.copy(from: part, on: stream)
            try stream.synchronise()
        }
        // The rest on the device, twice as much each time.
        var done = elements.count * MemoryLayout<Element>.size
        while done > 0, done < byteCount {
            let count = min(done, byteCount - done)
            try stream.copy(
                .onDevice,
                from: buffer.pointer,
                to: buffer.pointer + done,
                byteCount: count
            )
            done += count
        }
        return TensorView(base: buffer.pointer, elementType: type, shape: shape)
    }

    /// 1 MiB of values between 0.5 and 1 with any sign, or of any codes.
    private static func pattern(_ type: ElementType) -> [UInt16] {
        var generator = SplitMix(seed: 1)
        return (0..<(1 << 19)).map { _ in
            let bits = UInt16.random(in: 0...UInt16.max, using: &generator)
            return switch type {
            case .float16: bits & 0x83ff | 0x3800
            case .bfloat16: bits & 0x807f | 0x3f00
            // Without the codes of NaN.
            case .float8e4m3fn: bits & 0xbfbf
            default: bits
            }
        }
    }
}
