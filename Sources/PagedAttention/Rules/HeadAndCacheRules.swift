extension ShapeRules {
    static let heads: [ShapeRule] = [
        ShapeRule(
            { (0...$0.headSize).contains($0.attributes.valueHeadSize) },
            { "v_head_size must be in [1, head_size \($0.headSize)], got \(valueSize($0))" }
        ),
        ShapeRule(
            { $0.isLatent || $0.valueHeadSize == $0.headSize },
            {
                "v_head_size may only differ from head_size \($0.headSize) in the LATENT layout, "
                    + "got \(valueSize($0))"
            }
        ),
        ShapeRule(
            { $0.valueHeadSize == $0.headSize || $0.attributes.scale != 0 },
            {
                "an explicit 'scale' is required, because v_head_size \($0.valueHeadSize) is not "
                    + "head_size \($0.headSize)"
            }
        ),
    ]

    private static let latent: [ShapeRule] = [
        latentWithout("'value_cache'") { $0.inputs.valueCache == nil },
        ShapeRule(
            { !$0.isLatent || $0.attributes.keyValueHeadCount == 1 },
            {
                "'kv_num_heads' must be 1 in the LATENT layout, got "
                    + "\($0.attributes.keyValueHeadCount)"
            }
        ),
        latentWithout("'head_sink'") { $0.inputs.headSink == nil },
        latentWithout("q_norm_weight and k_norm_weight") {
            $0.inputs.queryNormWeight == nil && $0.inputs.keyNormWeight == nil
        },
        latentWithout("v_scale") { $0.inputs.valueScale == nil },
        latentWithout("v_quant_type") { $0.attributes.valueQuantizationType == .none },
        latentWithout("v_cache_dtype") { $0.attributes.valueCacheType.isEmpty },
        ShapeRule(
            { !$0.isLatent || !$0.cacheFormat.isPacked },
            { "a cache of \($0.cacheFormat.name) is not allowed in the LATENT layout" }
        ),
    ]

    static let caches: [ShapeRule] =
        latent + [
            ShapeRule(
                { $0.isLatent || $0.inputs.valueCache != nil },
                { _ in "'value_cache' must be given in the SEPARATE layout" }
            ),
            rank("key_cache", 4) { $0.inputs.keyCache },
            ShapeRule(
                { isBlockSize($0.inputs.keyCache.shape[1]) },
                {
                    "key_cache dimension 1 (block size) must be a power of two, at least 16, "
                        + "got \($0.inputs.keyCache.shape[1])"
                }
            ),
        ] + cacheHeads("key_cache") { $0.inputs.keyCache }
        + [
            rank("value_cache", 4) { $0.inputs.valueCache },
            dimension("value_cache", 0, { $0.inputs.keyCache.shape[0] }) { $0.inputs.valueCache },
            dimension("value_cache", 1, { $0.inputs.keyCache.shape[1] }) { $0.inputs.valueCache },
        ] + cacheHeads("value_cache") { $0.inputs.valueCache }

    private static func valueSize(_ context: RuleContext) -> Int {
        context.attributes.valueHeadSize
    }

    private static func isBlockSize(_ size: Int) -> Bool {
        size >= 16 && size & (size - 1) == 0
    }

    private static func cacheHeads(
        _ name: String,
        _ tensor: @escaping @Sendable (RuleContext) -> TensorView?
    ) -> [ShapeRule] {
        [
            dimension(name, 2, { $0.attributes.keyValueHeadCount }, tensor),
            dimension(name, 3, { $0.cacheRowWidth }, tensor),
        ]
    }
}
