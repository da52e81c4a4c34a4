extension AttentionAttributes {
    /// Checks what can be checked without tensors.
    ///
    /// - Throws: `OperatorError.invalidArgument` naming the attribute and its value.
    public func validate() throws(OperatorError) {
        try require(headCount > 0 && headCount <= Int(Int32.max)) {
            "num_heads must be positive and fit 32 bits, got \(headCount)"
        }
        try require(keyValueHeadCount > 0 && headCount % keyValueHeadCount == 0) {
            "kv_num_heads must be positive and divide num_heads \(headCount), "
                + "got \(keyValueHeadCount)"
        }
        try require(qkNormEpsilon.isFinite && qkNormEpsilon > 0) {
            "qk_norm_epsilon must be finite and positive, got \(qkNormEpsilon)"
        }
        try requireCacheType(keyCacheType, attribute: "k_cache_dtype")
        try requireCacheType(valueCacheType, attribute: "v_cache_dtype")
        try require(valueHeadSize >= 0) {
            "v_head_size must not be negative, got \(valueHeadSize)"
        }
        try require(rotaryOffset >= 0) {
            "rotary_offset must not be negative, got \(rotaryOffset)"
        }
    }

    /// What the elements of caches of the given tensor type are; nil for a `uint8` cache, whose
    /// bytes hold two codes each, without a name for the codes.
    package func cacheFormat(ofTensor type: ElementType) -> ElementType? {
        guard type == .uint8 else { return type }
        return [.int4, .float4e2m1].first { $0.name == keyCacheType }
    }

    private func requireCacheType(_ name: String, attribute: String) throws(OperatorError) {
        let known = [
            "", "float32", "float16", "bfloat16", "int8", "float8e4m3fn", "int4", "float4e2m1",
        ]
        try require(known.contains(name)) {
            "Invalid KV cache data type '\(name)' in \(attribute)"
        }
    }

    private func require(_ holds: Bool, _ message: () -> String) throws(OperatorError) {
        guard holds else { throw .invalidArgument(message()) }
    }
}
