extension ShapeRules {
    static let rotary: [ShapeRule] =
        [
            ShapeRule(
                { ($0.inputs.cosineCache == nil) == ($0.inputs.sineCache == nil) },
                { _ in "cos_cache and sin_cache must both be given, or neither" }
            ),
            rank("cos_cache", 2) { $0.inputs.cosineCache },
            rank("sin_cache", 2) { $0.inputs.sineCache },
            ShapeRule(
                { $0.inputs.cosineCache == nil || $0.headSize % 16 == 0 },
                { "cos_cache: rotary needs a head_size that 16 divides, got \($0.headSize)" }
            ),
            width("cos_cache") { $0.inputs.cosineCache },
            width("sin_cache") { $0.inputs.sineCache },
            sameWidth,
            ShapeRule(
                { $0.attributes.rotaryOffset % 8 == 0 },
                { "rotary_offset must be a multiple of 8, got \($0.attributes.rotaryOffset)" }
            ),
            ShapeRule(
                { $0.attributes.rotaryOffset <= $0.headSize - rotaryWidth($0) },
                {
                    "rotary_offset \($0.attributes.rotaryOffset) + rotary width "
                        + "\(rotaryWidth($0)) must not exceed head_size \($0.headSize)"
                }
            ),
        ]

    /// Checked last, as the operator does: whether rotation has its angles.
    static let rotaryPresence = ShapeRule(
        { !$0.attributes.doRotary || $0.inputs.cosineCache != nil },
        { _ in "do_rotary is 1, but cos_cache and sin_cache are missing" }
    )

    /// The operator compares widths only: the shorter cache limits the positions.
    private static let sameWidth = ShapeRule(
        { $0.inputs.cosineCache?.shape[1] == $0.inputs.sineCache?.shape[1] },
        { context in
            let cosine = context.inputs.cosineCache.map { "\($0.shape)" } ?? ""
            let sine = context.inputs.sineCache.map { "\($0.shape)" } ?? ""
            return "cos_cache must be as wide as sin_cache, got shapes \(cosine) and \(sine)"
        }
    )

    private static func width(
        _ name: String,
        _ tensor: @escaping @Sendable (RuleContext) -> TensorView?
    ) -> ShapeRule {
        ShapeRule(
            { context in
                guard let width = tensor(context)?.shape[1] else { return true }
                return width >= 0 && width % 8 == 0 && width <= context.headSize / 16 * 8
            },
            { context in
                let shape = tensor(context).map { "\($0.shape)" } ?? ""
                return "\(name) dimension 1 must be a multiple of 8 up to "
                    + "\(context.headSize / 16 * 8), got shape \(shape)"
            }
        )
    }

    private static func rotaryWidth(_ context: RuleContext) -> Int {
        context.inputs.cosineCache.map { 2 * $0.shape[1] } ?? 0
    }
}
