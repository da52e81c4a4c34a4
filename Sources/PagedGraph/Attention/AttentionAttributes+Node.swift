package import PagedAttention

extension AttentionAttributes {
    /// The attributes of a `PagedAttention` node; an absent one has the operator's default.
    ///
    /// - Throws: `invalidArgument` naming an attribute that is missing, of another kind or not one of
    ///   the operator's words. Whether the numbers make sense is for ``validate()``.
    package init(_ node: GraphNode) throws(OperatorError) {
        self.init(
            headCount: try node.requiredInteger("num_heads"),
            keyValueHeadCount: try node.requiredInteger("kv_num_heads")
        )
        scale = try node.float("scale") ?? scale
        softcap = try node.float("softcap") ?? softcap
        localWindowSize = try node.integer("local_window_size") ?? localWindowSize
        isCausal = try node.flag("is_causal") ?? isCausal
        doRotary = try node.flag("do_rotary") ?? doRotary
        rotaryInterleaved = try node.flag("rotary_interleaved") ?? rotaryInterleaved
        qkNormEpsilon = try node.float("qk_norm_epsilon") ?? qkNormEpsilon
        keyQuantizationType = try node.choice("k_quant_type") ?? keyQuantizationType
        valueQuantizationType = try node.choice("v_quant_type") ?? valueQuantizationType
        keyCacheType = try node.text("k_cache_dtype") ?? keyCacheType
        valueCacheType = try node.text("v_cache_dtype") ?? valueCacheType
        cacheLayout = try node.choice("kv_cache_layout") ?? cacheLayout
        valueHeadSize = try node.integer("v_head_size") ?? valueHeadSize
        rotaryOffset = try node.integer("rotary_offset") ?? rotaryOffset
    }
}

extension GraphNode {
    fileprivate func requiredInteger(_ name: String) throws(OperatorError) -> Int {
        guard let value = try integer(name) else {
            throw .invalidArgument("attribute \(name) is missing")
        }
        return value
    }

    /// The operator's switches are on for 1 and off for every other number.
    fileprivate func flag(_ name: String) throws(OperatorError) -> Bool? {
        try integer(name).map { $0 == 1 }
    }

    fileprivate func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(OperatorError) -> Choice? where Choice.RawValue == String {
        guard let text = try text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidArgument("\(name) must be one of \(known), got '\(text)'")
        }
        return choice
    }
}
