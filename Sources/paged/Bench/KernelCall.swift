import PagedAttention
import PagedKernels

/// One call of a workload, with caches for so many layers that none is in the processor's own.
final class KernelCall {
    private let attention: PagedAttentionOperator
    private var layers: [AttentionInputs] = []
    private let output: TensorView
    private let shape: AttentionShape
    private var memory: [UnsafeMutableRawPointer] = []
    private var turn = 0

    /// Caches take at least `coldBytes` together.
    init(
        _ workload: KernelWorkload,
        _ heads: KernelWorkload.Heads,
        activation: ElementType,
        cache: ElementType,
        blockSize: Int,
        coldBytes: Int,
        instructionSet: InstructionSet = .best
    ) throws {
        var attributes = AttentionAttributes(
            headCount: heads.query,
            keyValueHeadCount: heads.keyValue
        )
        let isQuantised = !cache.isActivation
        if isQuantised {
            attributes.keyQuantizationType = .perChannel
            attributes.valueQuantizationType = .perChannel
            attributes.keyCacheType = cache.name
            attributes.valueCacheType = cache.name
        }
        let tensorType: ElementType = cache.isPacked ? .uint8 : cache
        attention = try PagedAttentionOperator(
            attributes: attributes,
            activationType: activation,
            cacheType: tensorType,
            instructionSet: instructionSet
        )
        let tokens = workload.tokenCount
        var made: [UnsafeMutableRawPointer] = []
        func tensor(_ type: ElementType, _ shape: TensorShape, seed: UInt64) -> TensorView {
            let view = Self.random(type, shape, seed: seed)
            made.append(view.base)
            return view
        }
        let columns =
            workload.lengths.map { ($0.past + $0.new + blockSize - 1) / blockSize }.max() ?? 1
        let blocks = columns * workload.lengths.count
        let rowWidth = cache.isPacked ? heads.size / 2 : heads.size
        let cacheShape = TensorShape(blocks, blockSize, heads.keyValue, rowWidth)
        let layerBytes = 2 * cacheShape.elementCount * tensorType.byteCount
        var random = SystemRandomNumberGenerator()
        var inputs = AttentionInputs(
            query: tensor(activation, TensorShape(tokens, heads.query * heads.size), seed: 1),
            key: tensor(activation, TensorShape(tokens, heads.keyValue * heads.size), seed: 2),
            value: tensor(activation, TensorShape(tokens, heads.keyValue * heads.size), seed: 3),
            keyCache: tensor(tensorType, cacheShape, seed: 4),
            valueCache: tensor(tensorType, cacheShape, seed: 5),
            cumulativeSequenceLengths: Self.integers(
                workload.lengths.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.new) },
                TensorShape(workload.lengths.count + 1)
            ),
            pastSequenceLengths: Self.integers(
                workload.lengths.map(\.past),
                TensorShape(workload.lengths.count)
            ),
            blockTable: Self.integers(
                (0..<blocks).shuffled(using: &random),
                TensorShape(workload.lengths.count, columns)
            )
        )
        if isQuantised {
            let scales = TensorShape(heads.keyValue, 1, heads.size)
            inputs.keyScale = Self.constant(0.01, scales)
            inputs.valueScale = Self.constant(0.01, scales)
            made += [inputs.keyScale, inputs.valueScale].compactMap { $0?.base }
        }
        made += [inputs.cumulativeSequenceLengths, inputs.pastSequenceLengths, inputs.blockTable]
            .map(\.base)
        output = tensor(activation, TensorShape(tokens, heads.query * heads.size), seed: 6)
        layers.append(inputs)
        for layer in 1..<max(2, coldBytes / max(layerBytes, 1)) {
            var next = inputs
            next.keyCache = tensor(tensorType, cacheShape, seed: UInt64(2 * layer + 5))
            next.valueCache = tensor(tensorType, cacheShape, seed: UInt64(2 * layer + 6))
            layers.append(next)
        }
        shape = try attention.shape(of: inputs)
        memory = made
    }

    deinit {
        for base in memory { base.deallocate() }
    }

    /// The kernel that serves the call.
    var kernel: KernelRecord? {
        try? attention.kernel(for: shape).kernel
    }

    /// Runs the call on the next layer's caches; returns seconds.
    func run(_ executor: some ParallelExecutor) throws -> Double {
        let inputs = layers[turn % layers.count]
        turn += 1
        let clock = ContinuousClock()
        let begin = clock.now
        try attention.run(shape, inputs, output: output, executor: executor)
        return (clock.now - begin) / .seconds(1)
    }

    /// Values around 1, or random codes.
    private static func random(_ type: ElementType, _ shape: TensorShape, seed: UInt64)
        -> TensorView
    {
        let count = shape.elementCount
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: count * type.byteCount + 64,
            alignment: 64
        )
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for index in 0..<count {
            let bits = next() >> 40
            switch type {
            case .float32:
                let value = Float(bits) / 0x1p23 - 1
                base.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
            // The upper bits of 0.5 ... 1, with any sign.
            case .float16:
                let value = UInt16(bits & 0x83ff) | 0x3800
                base.storeBytes(of: value, toByteOffset: 2 * index, as: UInt16.self)
            case .bfloat16:
                let value = UInt16(bits & 0x807f) | 0x3f00
                base.storeBytes(of: value, toByteOffset: 2 * index, as: UInt16.self)
            default:
                let value = UInt8(bits & 0xfe) & (type == .float8e4m3fn ? 0xbf : 0xff)
                base.storeBytes(of: value, toByteOffset: index, as: UInt8.self)
            }
        }
        return TensorView(base: base, elementType: type, shape: shape)
    }

    private static func integers(_ values: [Int], _ shape: TensorShape) -> TensorView {
        let base = UnsafeMutableRawPointer.allocate(byteCount: 4 * values.count + 64, alignment: 64)
        for (index, value) in values.enumerated() {
            base.storeBytes(of: Int32(value), toByteOffset: 4 * index, as: Int32.self)
        }
        return TensorView(base: base, elementType: .int32, shape: shape)
    }

    private static func constant(_ value: Float, _ shape: TensorShape) -> TensorView {
        let count = shape.elementCount
        let base = UnsafeMutableRawPointer.allocate(byteCount: 4 * count + 64, alignment: 64)
        base.initializeMemory(as: Float.self, repeating: value, count: count)
        return TensorView(base: base, elementType: .float32, shape: shape)
    }
}
