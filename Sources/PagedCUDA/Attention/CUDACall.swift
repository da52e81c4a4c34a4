package import CPagedCUDA
package import PagedAttention

/// One call of the operator, ready to be launched as often as its tensors stay where they are.
///
/// It holds addresses on the device and numbers, and owns nothing.
package struct CUDACall {
    /// What the kernels get, without a workspace.
    var call: paged_cuda_call
    let shape: AttentionShape
    /// No sequence has more positions.
    let longest: Int

    /// Whether the operator's output has no element, so that nothing is launched.
    var isEmpty: Bool { shape.tokenCount == 0 }

    /// Whether it has at most as many tokens as sequences.
    var isDecodeShaped: Bool { shape.tokenCount <= shape.sequenceCount }

    /// Whether so many rows hold what queries of a sequence have for a key and value head, on average.
    func fits(rows: Int) -> Bool {
        shape.tokenCount * shape.groupSize <= rows * max(shape.sequenceCount, 1)
    }
}

extension paged_cuda_call {
    /// The call of tensors that keep the operator's rules, without a workspace. Nothing is read.
    package init(
        _ shape: AttentionShape,
        _ inputs: AttentionInputs,
        output: TensorView,
        _ attributes: AttentionAttributes
    ) {
        self.init()
        setTensors(KernelTensors(inputs, output: output, shape, doRotary: attributes.doRotary))
        cumulative_sequence_lengths = inputs.cumulativeSequenceLengths.integers
        past_sequence_lengths = inputs.pastSequenceLengths.integers
        setSizes(shape)
        rotary_offset = Int32(clamping: attributes.rotaryOffset)
        rotary_interleaved = attributes.rotaryInterleaved ? 1 : 0
        is_causal = attributes.isCausal ? 1 : 0
        window = Int32(clamping: max(attributes.localWindowSize, 0))
        scale = attributes.logitScale(headSize: shape.headSize)
        softcap = attributes.softcap > 0 ? attributes.softcap : 0
        epsilon = attributes.qkNormEpsilon
        part_limit = 1
    }

    private mutating func setTensors(_ tensors: KernelTensors) {
        query = tensors.query
        key = tensors.key
        value = tensors.value
        key_cache = tensors.keyCache
        value_cache = tensors.valueCache
        output = tensors.output
        block_table = tensors.blockTable
        slot_mapping = tensors.slotMapping
        cosine_cache = tensors.cosine
        sine_cache = tensors.sine
        head_sink = tensors.headSink
        query_norm_weight = tensors.queryNorm
        key_norm_weight = tensors.keyNorm
        key_scale = tensors.keyScale.base
        value_scale = tensors.valueScale.base
        key_scale_is_per_channel = tensors.keyScale.isPerChannel ? 1 : 0
        value_scale_is_per_channel = tensors.valueScale.isPerChannel ? 1 : 0
        query_stride = Int64(tensors.queryStride)
        key_value_stride = Int64(tensors.keyValueStride)
    }

    private mutating func setSizes(_ shape: AttentionShape) {
        token_count = Int32(clamping: shape.tokenCount)
        sequence_count = Int32(clamping: shape.sequenceCount)
        head_count = Int32(clamping: shape.headCount)
        key_value_head_count = Int32(clamping: shape.keyValueHeadCount)
        group_size = Int32(clamping: shape.groupSize)
        head_size = Int32(clamping: shape.headSize)
        value_head_size = Int32(clamping: shape.valueHeadSize)
        block_count = Int32(clamping: shape.blockCount)
        block_shift = Int32(shape.blockSize.trailingZeroBitCount)
        blocks_per_sequence = Int32(clamping: shape.maximumBlocksPerSequence)
        rotary_half = Int32(clamping: shape.rotaryWidth / 2)
        rotary_position_count = Int32(clamping: shape.rotaryPositionCount)
    }

    /// What the tokens of a SparsePagedAttention node attend to.
    package mutating func setCandidates(_ inputs: SparseInputs, _ selection: SparseSelection) {
        selected_indices = UnsafePointer(inputs.selectedIndices.integers)
        selected_counts = UnsafePointer(inputs.selectedCounts.integers)
        selected_columns = Int32(clamping: inputs.selectedIndices.shape[1])
        attends_locally = selection.mode == .localPlusSelected ? 1 : 0
        guard let key = inputs.auxiliaryKey else { return }
        auxiliary_key = UnsafeRawPointer(key.base)
        auxiliary_value = inputs.auxiliaryValue.map { UnsafeRawPointer($0.base) } ?? auxiliary_key
        auxiliary_lengths = inputs.auxiliaryLengths.map { UnsafePointer($0.integers) }
        auxiliary_capacity = Int32(clamping: key.shape[1])
        auxiliary_head_count = Int32(clamping: key.shape[2])
    }
}
