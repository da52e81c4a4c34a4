/// Everything that a kernel needs for one call: plain numbers and addresses, read by every thread.
///
/// Lengths are sanitised and strides are in elements. Kernels trust all of it except block indices
/// and slots, which they check on use.
package struct KernelTask {
    /// Row 0 of the queries, keys and values, and the distance between rows.
    package var query: UnsafeRawPointer
    package var key: UnsafeRawPointer
    package var value: UnsafeRawPointer
    package var queryStride: Int
    package var keyStride: Int
    package var valueStride: Int
    /// The caches and the output, (tokens, heads, head size).
    package var keyCache: UnsafeMutableRawPointer
    package var valueCache: UnsafeMutableRawPointer
    package var output: UnsafeMutableRawPointer
    /// Optional tensors.
    package var slotMapping: UnsafePointer<Int32>?
    package var cosine: UnsafeRawPointer?
    package var sine: UnsafeRawPointer?
    package var headSink: UnsafeRawPointer?
    package var queryNorm: UnsafeRawPointer?
    package var keyNorm: UnsafeRawPointer?
    /// Sanitised starts (sequences + 1) and past lengths (-1: an invalid sequence), and the raw table.
    package var starts: UnsafePointer<Int32>
    package var past: UnsafePointer<Int32>
    package var blockTable: UnsafePointer<Int32>
    /// For each sequence, the number of query tiles before it (sequences + 1).
    package var tileStarts: UnsafePointer<Int32>
    /// Sizes.
    package var tokenCount: Int
    package var sequenceCount: Int
    package var headCount: Int
    package var keyValueHeadCount: Int
    package var groupSize: Int
    package var headSize: Int
    package var blockCount: Int
    package var blockShift: Int
    package var blocksPerSequence: Int
    package var tokensPerTile: Int
    package var rotaryHalf: Int
    package var rotaryOffset: Int
    /// Whether rotated channel pairs are neighbours.
    package var rotaryInterleaved: Bool
    package var isCausal: Bool
    /// 0: unlimited.
    package var window: Int
    package var scale: Float
    /// 0: off.
    package var softcap: Float
    package var epsilon: Float

    /// A task over the tensors of a valid call.
    package init(
        inputs: AttentionInputs,
        output: TensorView,
        shape: AttentionShape,
        attributes: AttentionAttributes,
        plan: CallPlan
    ) {
        let size = inputs.query.elementType.byteCount
        let keyWidth = shape.keyValueHeadCount * shape.headSize
        let queryWidth = shape.headCount * shape.headSize
        let packed = UnsafeRawPointer(inputs.query.base)
        query = packed
        key = inputs.key.map { UnsafeRawPointer($0.base) } ?? packed + queryWidth * size
        value =
            inputs.value.map { UnsafeRawPointer($0.base) }
            ?? packed + (queryWidth + keyWidth) * size
        queryStride = shape.isPacked ? queryWidth + 2 * keyWidth : queryWidth
        keyStride = shape.isPacked ? queryStride : keyWidth
        valueStride = keyStride
        keyCache = inputs.keyCache.base
        valueCache = inputs.valueCache?.base ?? inputs.keyCache.base
        self.output = output.base
        slotMapping = inputs.slotMapping?.integers
        cosine = attributes.doRotary ? inputs.cosineCache.map { UnsafeRawPointer($0.base) } : nil
        sine = attributes.doRotary ? inputs.sineCache.map { UnsafeRawPointer($0.base) } : nil
        headSink = inputs.headSink.map { UnsafeRawPointer($0.base) }
        queryNorm = inputs.queryNormWeight.map { UnsafeRawPointer($0.base) }
        keyNorm = inputs.keyNormWeight.map { UnsafeRawPointer($0.base) }
        starts = UnsafePointer(plan.starts)
        past = UnsafePointer(plan.past)
        tileStarts = UnsafePointer(plan.tileStarts)
        blockTable = inputs.blockTable.integers
        tokenCount = shape.tokenCount
        sequenceCount = shape.sequenceCount
        headCount = shape.headCount
        keyValueHeadCount = shape.keyValueHeadCount
        groupSize = shape.groupSize
        headSize = shape.headSize
        blockCount = shape.blockCount
        blockShift = shape.blockSize.trailingZeroBitCount
        blocksPerSequence = shape.maximumBlocksPerSequence
        tokensPerTile = plan.tokensPerTile
        rotaryHalf = shape.rotaryWidth / 2
        rotaryOffset = attributes.rotaryOffset
        rotaryInterleaved = attributes.rotaryInterleaved
        isCausal = attributes.isCausal
        window = max(attributes.localWindowSize, 0)
        scale = attributes.logitScale(headSize: shape.headSize)
        softcap = attributes.softcap > 0 ? attributes.softcap : 0
        epsilon = attributes.qkNormEpsilon
    }
}

extension AttentionAttributes {
    /// The factor of the logits: `scale`, or one over the square root of the head size.
    package func logitScale(headSize: Int) -> Float {
        scale == 0 ? Float(1 / Double(headSize).squareRoot()) : scale
    }
}

/// The numbers of one call that are derived from tensor values, in borrowed memory.
package struct CallPlan {
    /// Sanitised starts of the sequences, and the token count (sequences + 1).
    package let starts: UnsafeMutablePointer<Int32>
    /// Sanitised past lengths; -1 marks an invalid sequence.
    package let past: UnsafeMutablePointer<Int32>
    /// For each sequence, the number of query tiles before it (sequences + 1).
    package let tileStarts: UnsafeMutablePointer<Int32>
    /// New tokens of one sequence that a work item takes at most.
    package let tokensPerTile: Int

    /// A plan in `memory` of at least `byteCount(sequenceCount:)` bytes; its values are not set.
    package init(
        memory: UnsafeMutableRawPointer,
        sequenceCount: Int,
        tokensPerTile: Int
    ) {
        starts = memory.assumingMemoryBound(to: Int32.self)
        past = starts + sequenceCount + 1
        tileStarts = past + sequenceCount
        self.tokensPerTile = tokensPerTile
    }

    /// The memory that the plan of a call takes.
    package static func byteCount(sequenceCount: Int) -> Int {
        (3 * sequenceCount + 2) * MemoryLayout<Int32>.size
    }
}
