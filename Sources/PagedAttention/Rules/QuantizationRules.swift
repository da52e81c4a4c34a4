extension ShapeRules {
    static let quantization: [ShapeRule] =
        side("k", type: { $0.attributes.keyQuantizationType }) { $0.inputs.keyScale }
        + side("v", type: { $0.attributes.valueQuantizationType }) { $0.inputs.valueScale }
        + [
            cacheType("k_cache_dtype") { $0.attributes.keyCacheType },
            cacheType("v_cache_dtype") { $0.attributes.valueCacheType },
        ]

    /// The rules of one side, `"k"` or `"v"`, that concern caches which are not quantised.
    private static func side(
        _ side: String,
        type: @escaping @Sendable (RuleContext) -> QuantizationType,
        scale: @escaping @Sendable (RuleContext) -> TensorView?
    ) -> [ShapeRule] {
        [
            ShapeRule(
                { type($0) != .none || scale($0) == nil },
                { _ in "\(side)_scale is given, but \(side)_quant_type is NONE" }
            ),
            ShapeRule(
                { type($0) != .none || $0.cacheType.isActivation },
                { "\(side)_quant_type is NONE, but the cache is \($0.cacheType.name)" }
            ),
            ShapeRule(
                { type($0) == .none || !$0.cacheType.isActivation },
                {
                    "\(side)_quant_type is \(type($0).rawValue), but the cache is not quantized: "
                        + $0.cacheType.name
                }
            ),
        ]
    }

    private static func cacheType(
        _ attribute: String,
        _ name: @escaping @Sendable (RuleContext) -> String
    ) -> ShapeRule {
        ShapeRule(
            { name($0).isEmpty || name($0) == $0.cacheType.name },
            { "\(attribute) is '\(name($0))', but the cache tensor is \($0.cacheType.name)" }
        )
    }
}
