extension ShapeRules {
    static let query: [ShapeRule] =
        [
            ShapeRule(
                { !$0.isLatent || $0.inputs.key != nil },
                { _ in "'key' must be given in the LATENT layout: it is the latent row" }
            ),
            latentWithout("'value'") { $0.inputs.value == nil },
            rank("query", 2) { $0.inputs.query },
            ShapeRule(
                { $0.inputs.query.shape[1] % $0.headsPerRow == 0 },
                { "query dimension 1 must be a multiple of \($0.headsPerRow) heads\(seen($0))" }
            ),
            ShapeRule(
                { $0.headSize > 0 && $0.headSize % 8 == 0 },
                { "query: head_size must be a positive multiple of 8, got \($0.headSize)" }
            ),
            ShapeRule(
                { $0.isLatent || ($0.inputs.key == nil) == ($0.inputs.value == nil) },
                { _ in "'key' and 'value' must both be given, or neither for a packed query" }
            ),
        ] + projection("key") { $0.inputs.key } + projection("value") { $0.inputs.value }

    private static func seen(_ context: RuleContext) -> String {
        ", got shape \(context.inputs.query.shape)"
    }

    /// In the latent layout, something is absent.
    static func latentWithout(
        _ name: String,
        _ isAbsent: @escaping @Sendable (RuleContext) -> Bool
    ) -> ShapeRule {
        ShapeRule(
            { !$0.isLatent || isAbsent($0) },
            { _ in "\(name) must be absent in the LATENT layout" }
        )
    }

    private static func projection(
        _ name: String,
        _ tensor: @escaping @Sendable (RuleContext) -> TensorView?
    ) -> [ShapeRule] {
        [
            rank(name, 2, tensor),
            dimension(name, 0, { $0.tokenCount }, tensor),
            dimension(name, 1, { $0.attributes.keyValueHeadCount * $0.headSize }, tensor),
        ]
    }

    /// The tensor, if given, has `expected` dimensions.
    static func rank(
        _ name: String,
        _ expected: Int,
        _ tensor: @escaping @Sendable (RuleContext) -> TensorView?
    ) -> ShapeRule {
        ShapeRule(
            { tensor($0).map { $0.shape.rank == expected } ?? true },
            {
                let shape = tensor($0).map { "\($0.shape)" } ?? ""
                return "\(name) must have \(expected) dimensions, got shape \(shape)"
            }
        )
    }

    /// The tensor, if given, has the expected size along `axis`.
    static func dimension(
        _ name: String,
        _ axis: Int,
        _ expected: @escaping @Sendable (RuleContext) -> Int,
        _ tensor: @escaping @Sendable (RuleContext) -> TensorView?
    ) -> ShapeRule {
        ShapeRule(
            { context in tensor(context).map { $0.shape[axis] == expected(context) } ?? true },
            { context in
                let shape = tensor(context).map { "\($0.shape)" } ?? ""
                return "\(name) dimension \(axis) must be \(expected(context)), got shape \(shape)"
            }
        )
    }
}
