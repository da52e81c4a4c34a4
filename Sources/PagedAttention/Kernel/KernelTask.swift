/// Everything that a kernel needs for one call: plain numbers and addresses, read by every thread.
///
/// Lengths are sanitised. Kernels trust all of it except block indices and slots, which they check
/// on use.
package struct KernelTask {
    /// The tensors.
    package private(set) var tensors: KernelTensors
    /// The type of queries, keys, values and output.
    package let activation: ElementType
    /// What the elements of the caches are.
    package let cache: ElementType
    /// Sanitised starts of the sequences, and the token count (sequences + 1).
    package let starts: UnsafePointer<Int32>
    /// Sanitised past lengths; -1 marks an invalid sequence.
    package let past: UnsafePointer<Int32>
    /// The work, cut into items, and what has to be added up after it; filled in before it starts.
    package var items: UnsafePointer<KernelItem>
    package var combinations: UnsafePointer<KernelItem>
    /// Query rows of a key and value head, and such heads, that an item has at most.
    package var rowsPerItem: Int
    package var headsPerItem = 1
    /// Where items leave what they have accumulated, and the rows of each slot.
    package var slots: UnsafeMutableRawPointer
    package var rowsPerSlot = 0
    /// Sizes, as in `AttentionShape`.
    package let tokenCount: Int
    package let sequenceCount: Int
    package let headCount: Int
    package let keyValueHeadCount: Int
    package let groupSize: Int
    package let headSize: Int
    package let valueHeadSize: Int
    package let blockCount: Int
    package let blockShift: Int
    package let blocksPerSequence: Int
    /// Rotated channel pairs, and the first rotated channel.
    package let rotaryHalf: Int
    package let rotaryOffset: Int
    /// Whether the channels of a pair are neighbours.
    package let rotaryInterleaved: Bool
    package let isCausal: Bool
    /// Positions that a query sees; 0: all.
    package let window: Int
    package let scale: Float
    /// 0: off.
    package let softcap: Float
    package let epsilon: Float

    /// A task over the tensors of a valid call.
    package init(
        inputs: AttentionInputs,
        output: TensorView,
        shape: AttentionShape,
        attributes: AttentionAttributes,
        cacheFormat: ElementType,
        plan: CallPlan
    ) {
        activation = inputs.query.elementType
        cache = cacheFormat
        tensors = KernelTensors(inputs, output: output, shape, doRotary: attributes.doRotary)
        starts = UnsafePointer(plan.starts)
        past = UnsafePointer(plan.past)
        // Until there are items, any address serves.
        items = UnsafePointer(plan.items)
        combinations = items
        slots = UnsafeMutableRawPointer(plan.items)
        rowsPerItem = shape.groupSize
        tokenCount = shape.tokenCount
        sequenceCount = shape.sequenceCount
        headCount = shape.headCount
        keyValueHeadCount = shape.keyValueHeadCount
        groupSize = shape.groupSize
        headSize = shape.headSize
        valueHeadSize = shape.valueHeadSize
        blockCount = shape.blockCount
        blockShift = shape.blockSize.trailingZeroBitCount
        blocksPerSequence = shape.maximumBlocksPerSequence
        rotaryHalf = shape.rotaryWidth / 2
        rotaryOffset = attributes.rotaryOffset
        rotaryInterleaved = attributes.rotaryInterleaved
        isCausal = attributes.isCausal
        window = max(attributes.localWindowSize, 0)
        scale = attributes.logitScale(headSize: shape.headSize)
        softcap = attributes.softcap > 0 ? attributes.softcap : 0
        epsilon = attributes.qkNormEpsilon
    }

    /// The same call on caches whose elements are values.
    var withoutScales: KernelTask {
        var copy = self
        copy.tensors.keyScale = .none
        copy.tensors.valueScale = .none
        return copy
    }
}

extension AttentionAttributes {
    /// The factor of the logits: `scale`, or one over the square root of the head size.
    package func logitScale(headSize: Int) -> Float {
        scale == 0 ? Float(1 / Double(headSize).squareRoot()) : scale
    }
}
