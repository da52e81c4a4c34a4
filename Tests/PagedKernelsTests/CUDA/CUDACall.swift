import CPagedCUDA
import PagedAttention

extension paged_cuda_call {
    /// The call of a kernel task, without a workspace.
    init(_ task: KernelTask, _ inputs: AttentionInputs, _ shape: AttentionShape) {
        self.init()
        let tensors = task.tensors
        query = tensors.query
        key = tensors.key
        value = tensors.value
        key_cache = tensors.keyCache
        value_cache = tensors.valueCache
        output = tensors.output
        cumulative_sequence_lengths = UnsafePointer(inputs.cumulativeSequenceLengths.integers)
        past_sequence_lengths = UnsafePointer(inputs.pastSequenceLengths.integers)
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
        setSizes(task, shape)
    }

    private mutating func setSizes(_ task: KernelTask, _ shape: AttentionShape) {
        token_count = Int32(task.tokenCount)
        sequence_count = Int32(task.sequenceCount)
        head_count = Int32(task.headCount)
        key_value_head_count = Int32(task.keyValueHeadCount)
        group_size = Int32(task.groupSize)
        head_size = Int32(task.headSize)
        value_head_size = Int32(task.valueHeadSize)
        block_count = Int32(task.blockCount)
        block_shift = Int32(task.blockShift)
        blocks_per_sequence = Int32(task.blocksPerSequence)
        rotary_half = Int32(task.rotaryHalf)
        rotary_offset = Int32(task.rotaryOffset)
        rotary_interleaved = task.rotaryInterleaved ? 1 : 0
        rotary_position_count = Int32(shape.rotaryPositionCount)
        is_causal = task.isCausal ? 1 : 0
        window = Int32(clamping: task.window)
        scale = task.scale
        softcap = task.softcap
        epsilon = task.epsilon
        part_limit = 1
    }
}
