import PagedAttention
import PagedKernels

/// A call with the shapes that a graph fixes, and the smallest that the operator allows for the rest.
/// It only goes through the operator's rules.
struct TrialCall {
    let node: AttentionNode
    let attention: PagedAttentionOperator
    let headSize: Int

    /// The kernel that would serve the call.
    ///
    /// - Throws: the first rule that no call of the node can keep.
    func kernel() throws(OperatorError) -> KernelRecord {
        try checkSizes()
        // No rule reads an element, so one byte stands for every tensor.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64)
        defer { memory.deallocate() }
        return try attention.kernel(for: attention.shape(of: inputs(memory))).kernel
    }

    /// Refuses what would overflow the arithmetic of the rules, which trust in memory's limits.
    private func checkSizes() throws(OperatorError) {
        for input in AttentionInput.allCases {
            for case .fixed(let size) in node.value(input)?.shape ?? [] where size > Int32.max {
                throw .invalidArgument("\(input.name) has a dimension of \(size), above 2^31 - 1")
            }
        }
    }

    private func inputs(_ memory: UnsafeMutableRawPointer) throws(OperatorError) -> AttentionInputs
    {
        var inputs = AttentionInputs(
            query: try required(.query, memory),
            key: try view(.key, memory),
            value: try view(.value, memory),
            keyCache: try required(.keyCache, memory),
            valueCache: try view(.valueCache, memory),
            cumulativeSequenceLengths: try required(.cumulativeSequenceLengths, memory),
            pastSequenceLengths: try required(.pastSequenceLengths, memory),
            blockTable: try required(.blockTable, memory)
        )
        inputs.cosineCache = try view(.cosineCache, memory)
        inputs.sineCache = try view(.sineCache, memory)
        inputs.slotMapping = try view(.slotMapping, memory)
        inputs.headSink = try view(.headSink, memory)
        inputs.queryNormWeight = try view(.queryNormWeight, memory)
        inputs.keyNormWeight = try view(.keyNormWeight, memory)
        inputs.keyScale = try view(.keyScale, memory)
        inputs.valueScale = try view(.valueScale, memory)
        inputs.attentionMetadata = try view(.attentionMetadata, memory)
        return inputs
    }

    private func required(
        _ input: AttentionInput,
        _ memory: UnsafeMutableRawPointer
    ) throws(OperatorError) -> TensorView {
        guard let view = try view(input, memory) else {
            throw .invalidArgument("input \(input.name) is missing")
        }
        return view
    }

    /// An input as the graph has it; nil if the node leaves it out.
    private func view(
        _ input: AttentionInput,
        _ memory: UnsafeMutableRawPointer
    ) throws(OperatorError) -> TensorView? {
        guard node.has(input) else { return nil }
        let value = node.value(input)
        let type = elementType(input)
        if let name = value?.typeName, value?.elementType == nil {
            throw .invalidArgument("\(input.name) must have element type \(type.name), got \(name)")
        }
        return TensorView(
            base: memory,
            elementType: value?.elementType ?? type,
            shape: shape(value?.shape, smallest: smallestShape(input))
        )
    }

    private func shape(_ known: [GraphDimension]?, smallest: [Int]) -> TensorShape {
        let sizes = known ?? smallest.map(GraphDimension.fixed)
        func size(_ axis: Int) -> Int {
            guard sizes.indices.contains(axis) else { return 1 }
            return sizes[axis].size ?? (smallest.indices.contains(axis) ? smallest[axis] : 1)
        }
        return TensorShape(rank: sizes.count, size(0), size(1), size(2), size(3))
    }
}

extension TrialCall {
    private func elementType(_ input: AttentionInput) -> ElementType {
        switch input {
        case .keyCache, .valueCache: attention.cacheType
        case .cumulativeSequenceLengths, .pastSequenceLengths, .blockTable, .slotMapping,
            .attentionMetadata:
            .int32
        case .keyScale, .valueScale: .float32
        default: attention.activationType
        }
    }

    /// Sizes that several inputs share come from the first that fixes them.
    private func smallestShape(_ input: AttentionInput) -> [Int] {
        let attributes = attention.attributes
        let width = saturatingProduct(attributes.keyValueHeadCount, headSize)
        switch input {
        case .query:
            let packed = node.isPacked(attributes) ? 2 * attributes.keyValueHeadCount : 0
            return [tokens, saturatingProduct(attributes.headCount + packed, headSize)]
        case .key, .value: return [tokens, width]
        case .keyCache, .valueCache:
            let row = attention.cacheType == .uint8 ? (headSize + 1) / 2 : headSize
            return [
                first(0, .keyCache, .valueCache) ?? 1, first(1, .keyCache, .valueCache) ?? 16,
                attributes.keyValueHeadCount, row,
            ]
        case .cumulativeSequenceLengths: return [sequences + 1]
        case .pastSequenceLengths: return [sequences]
        case .blockTable: return [sequences, 1]
        case .cosineCache, .sineCache: return [1, first(1, .cosineCache, .sineCache) ?? 8]
        case .slotMapping: return [tokens]
        case .headSink: return [attributes.headCount]
        case .queryNormWeight, .keyNormWeight: return [headSize]
        case .keyScale: return scaleShape(attributes.keyQuantizationType)
        case .valueScale: return scaleShape(attributes.valueQuantizationType)
        case .attentionMetadata: return [3]
        }
    }

    private func scaleShape(_ type: QuantizationType) -> [Int] {
        type == .perChannel ? [attention.attributes.keyValueHeadCount, 1, headSize] : [1]
    }

    private var tokens: Int { first(0, .query, .key, .value, .slotMapping) ?? 1 }

    private var sequences: Int {
        first(0, .pastSequenceLengths, .blockTable)
            ?? first(0, .cumulativeSequenceLengths).map { $0 - 1 } ?? 1
    }

    private func first(_ axis: Int, _ inputs: AttentionInput...) -> Int? {
        inputs.lazy.compactMap { node.value($0)?.size(axis) }.first
    }
}
