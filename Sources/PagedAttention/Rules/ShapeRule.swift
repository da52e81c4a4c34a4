/// One rule that the tensors of a call have to keep: a check and what to say when it fails.
package struct ShapeRule: Sendable {
    /// Whether a call keeps the rule. May assume that every earlier rule of the table holds.
    package let holds: @Sendable (RuleContext) -> Bool
    /// What is wrong: the tensor, what it has to be and what was seen.
    package let message: @Sendable (RuleContext) -> String

    /// A rule; put it into the table at its place in the operator's order.
    package init(
        _ holds: @escaping @Sendable (RuleContext) -> Bool,
        _ message: @escaping @Sendable (RuleContext) -> String
    ) {
        self.holds = holds
        self.message = message
    }

    /// The same rule, not applied in the latent layout.
    package var exceptLatent: ShapeRule {
        ShapeRule({ $0.isLatent || holds($0) }, message)
    }
}

/// Every rule of the operator, in the order in which the operator checks them.
package enum ShapeRules {
    /// The rules on shapes and types; a call that keeps them all has an `AttentionShape`.
    package static let all: [ShapeRule] =
        elementTypes + query + heads + caches + sequences + headTensors + rotary + quantization
        + metadata + [rotaryPresence]

    /// The rules on sizes that apply when there is work to do.
    package static let capacity: [ShapeRule] = [
        ShapeRule(
            { $0.inputs.keyCache.shape[0] > 0 },
            { _ in "key_cache: PagedAttention requires at least one physical cache block" }
        ),
        ShapeRule(
            { fits32Bits($0.sequenceCount, $0.inputs.blockTable.shape[1]) },
            { "block_table has too many entries: \($0.inputs.blockTable.shape)" }
        ),
        ShapeRule(
            { fits32Bits($0.inputs.blockTable.shape[1], $0.inputs.keyCache.shape[1]) },
            { "block_table covers more than 32 bits of positions: \($0.inputs.blockTable.shape)" }
        ),
        ShapeRule(
            { $0.tokenCount < Int(Int32.max) },
            { "query has too many tokens: \($0.tokenCount)" }
        ),
        ShapeRule(
            { fits32Bits(2, $0.sequenceCount) },
            { "cumulative_sequence_length is too long: \($0.sequenceCount + 1)" }
        ),
    ]

    /// Throws the message of the first broken rule. Allocates nothing when all hold.
    package static func check(
        _ rules: [ShapeRule],
        _ context: RuleContext
    ) throws(OperatorError) {
        for rule in rules where !rule.holds(context) {
            throw .invalidArgument(rule.message(context))
        }
    }

    private static func fits32Bits(_ a: Int, _ b: Int) -> Bool {
        saturatingProduct(a, b) < Int(Int32.max)
    }
}
