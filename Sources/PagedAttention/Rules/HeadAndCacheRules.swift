extension ShapeRules {
    static let heads: [ShapeRule] = [
        ShapeRule(
            { (0...$0.headSize).contains($0.attributes.valueHeadSize) },
            { "v_head_size must be in [1, head_size \($0.headSize)], got \(valueSize($0))" }
        ),
        ShapeRule(
            { $0.attributes.valueHeadSize == 0 || $0.attributes.valueHeadSize == $0.headSize },
            {
                "v_head_size may only differ from head_size \($0.headSize) in the LATENT layout, "
                    + "got \(valueSize($0))"
            }
        ),
    ]

    static let caches: [ShapeRule] =
        [
            ShapeRule(
                { $0.inputs.valueCache != nil },
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
            dimension(name, 3, { $0.headSize }, tensor),
        ]
    }
}
