/// The seventeen attributes of `com.microsoft.PagedAttention`, with the operator's defaults.
///
///     var attributes = AttentionAttributes(headCount: 32, keyValueHeadCount: 8)
///     attributes.doRotary = true
///     try attributes.validate()
public struct AttentionAttributes: Equatable, Sendable {
    /// `num_heads`: query heads.
    public var headCount: Int
    /// `kv_num_heads`: key and value heads; divides `headCount`.
    public var keyValueHeadCount: Int
    /// `scale`: factor of the logits; 0 means one over the square root of the head size.
    public var scale: Float = 0
    /// `softcap`: above 0, logits become `softcap * tanh(logit / softcap)`.
    public var softcap: Float = 0
    /// `local_window_size`: above 0, how many positions a query sees, its own included.
    public var localWindowSize: Int = -1
    /// `is_causal`: whether a query sees only its own position and earlier ones.
    public var isCausal = true
    /// `do_rotary`: whether queries and keys are rotated by their position.
    public var doRotary = false
    /// `rotary_interleaved`: whether channel pairs are neighbours instead of half a width apart.
    public var rotaryInterleaved = false
    /// `qk_norm_epsilon`: added to the mean square by the query and key norms.
    public var qkNormEpsilon: Float = 1e-6
    /// `k_quant_type`.
    public var keyQuantizationType = QuantizationType.none
    /// `v_quant_type`.
    public var valueQuantizationType = QuantizationType.none
    /// `k_cache_dtype`: logical element type of the key cache; empty means the tensor's own.
    public var keyCacheType = ""
    /// `v_cache_dtype`: logical element type of the value cache; empty means the tensor's own.
    public var valueCacheType = ""
    /// `kv_cache_layout`.
    public var cacheLayout = CacheLayout.separate
    /// `v_head_size`: 0 means the head size.
    public var valueHeadSize = 0
    /// `rotary_offset`: the first rotated channel.
    public var rotaryOffset = 0

    /// Attributes with the operator's defaults.
    public init(headCount: Int, keyValueHeadCount: Int) {
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
    }

    /// Query heads for each key and value head.
    package var groupSize: Int { headCount / keyValueHeadCount }
}
