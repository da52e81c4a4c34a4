extension ShapeRules {
    static let quantization: [ShapeRule] =
        side("k", type: { $0.attributes.keyQuantizationType }) { $0.inputs.keyScale }
        + side("v", type: { $0.attributes.valueQuantizationType }) { $0.inputs.valueScale }
        .map(\.exceptLatent)
        + [
            cacheType("k_cache_dtype") { $0.attributes.keyCacheType },
            cacheType("v_cache_dtype") { $0.attributes.valueCacheType }.exceptLatent,
        ]

    /// The rules of one side, `"k"` or `"v"`.
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
            ShapeRule(
                { type($0) == .none || scale($0) != nil },
                { "\(side)_scale must be given for \(side)_quant_type \(type($0).rawValue)" }
            ),
            ShapeRule(
                { type($0) != .perTensor || scale($0)?.shape.elementCount == 1 },
                {
                    "\(side)_scale must have 1 element for PER_TENSOR, got shape \(shape(scale($0)))"
                }
            ),
            ShapeRule(
                { type($0) != .perChannel || isPerChannel(scale($0), $0) },
                {
                    "\(side)_scale must have shape (\($0.attributes.keyValueHeadCount), 1, "
                        + "\($0.headSize)) for PER_CHANNEL, got \(shape(scale($0)))"
                }
            ),
        ]
    }

    private static func cacheType(
        _ attribute: String,
        _ name: @escaping @Sendable (RuleContext) -> String
    ) -> ShapeRule {
        ShapeRule(
            {
                name($0) == $0.cacheFormat.name || name($0).isEmpty && !$0.cacheFormat.isPacked
            },
            { context in
                let name = name(context)
                return context.cacheFormat.isPacked
                    ? "\(attribute) must be explicit \(context.cacheFormat.name), like the other cache's, "
                        + "got '\(name)'"
                    : "\(attribute) is '\(name)', but the cache tensor is \(context.cacheType.name)"
            }
        )
    }

    /// As many elements as heads and channels, the channels last.
    private static func isPerChannel(_ scale: TensorView?, _ context: RuleContext) -> Bool {
        guard let shape = scale?.shape, (2...4).contains(shape.rank) else { return false }
        let heads = context.attributes.keyValueHeadCount
        return shape[shape.rank - 1] == context.headSize
            && shape.elementCount == heads * context.headSize
    }

    private static func shape(_ scale: TensorView?) -> String { scale.map { "\($0.shape)" } ?? "" }
}
