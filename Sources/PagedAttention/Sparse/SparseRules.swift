/// What the rules of `SparsePagedAttention` look at, beyond those of `PagedAttention`.
package struct SparseRuleContext {
    /// The tensors of the call.
    package let inputs: SparseInputs
    /// The attributes of the node that `PagedAttention` does not have.
    package let selection: SparseSelection
    /// The sizes of the call, which keeps the rules of `PagedAttention`.
    package let shape: AttentionShape

    /// A context.
    package init(inputs: SparseInputs, selection: SparseSelection, shape: AttentionShape) {
        self.inputs = inputs
        self.selection = selection
        self.shape = shape
    }

    var isAuxiliary: Bool { selection.source == .auxiliary }
    var auxiliaryCapacity: Int { inputs.auxiliaryKey?.shape[1] ?? 0 }
}

/// One rule of `SparsePagedAttention`; see ``ShapeRule``.
package struct SparseRule: Sendable {
    /// Whether a call keeps the rule. May assume that every earlier rule of the table holds.
    package let holds: @Sendable (SparseRuleContext) -> Bool
    /// What is wrong: the tensor, what it has to be and what was seen.
    package let message: @Sendable (SparseRuleContext) -> String
}

/// The rules of `SparsePagedAttention` that come after those of `PagedAttention`, in the operator's
/// order.
package enum SparseRules {
    /// Every rule.
    package static let all: [SparseRule] =
        selected + presence + auxiliary + [
            type("attention_metadata", .int32) { $0.inputs.metadata },
            shape("attention_metadata", { _ in [5] }) { $0.inputs.metadata },
        ]

    /// Throws the message of the first broken rule. Allocates nothing when all hold.
    package static func check(_ context: SparseRuleContext) throws(OperatorError) {
        for rule in all where !rule.holds(context) {
            throw .invalidArgument(rule.message(context))
        }
    }

    /// Throws if a bound of the metadata is negative.
    package static func checkMetadata(_ inputs: SparseInputs) throws(OperatorError) {
        guard let metadata = inputs.metadata else { return }
        for index in 0..<metadata.shape[0] where metadata.integers[index] < 0 {
            throw .invalidArgument(
                "attention_metadata[\(index)] must be non-negative, got "
                    + "\(metadata.integers[index])"
            )
        }
    }

    private static let selected: [SparseRule] = [
        type("selected_indices", .int32) { $0.inputs.selectedIndices },
        shape("selected_indices", { [$0.shape.tokenCount, nil] }) { $0.inputs.selectedIndices },
        SparseRule(
            holds: { $0.inputs.selectedIndices.shape[1] <= Int(Int32.max) },
            message: { "selected_indices has too many columns: \($0.inputs.selectedIndices.shape)" }
        ),
        type("selected_counts", .int32) { $0.inputs.selectedCounts },
        shape("selected_counts", { [$0.shape.tokenCount] }) { $0.inputs.selectedCounts },
    ]

    private static let presence: [SparseRule] = [
        SparseRule(
            holds: {
                !$0.isAuxiliary
                    || $0.inputs.auxiliaryKey != nil && $0.inputs.auxiliaryLengths != nil
            },
            message: { _ in
                "selected_kv_source is auxiliary, but auxiliary_key or auxiliary_lengths is missing"
            }
        ),
        SparseRule(
            holds: {
                !$0.isAuxiliary
                    || ($0.inputs.auxiliaryValue == nil) == $0.selection.isAuxiliaryShared
            },
            message: {
                $0.selection.isAuxiliaryShared
                    ? "auxiliary_kv_shared is 1, but auxiliary_value is given"
                    : "auxiliary_value is missing, and auxiliary_kv_shared is 0"
            }
        ),
        SparseRule(
            holds: {
                $0.isAuxiliary
                    || $0.inputs.auxiliaryKey == nil && $0.inputs.auxiliaryValue == nil
                        && $0.inputs.auxiliaryLengths == nil
            },
            message: { _ in
                "selected_kv_source is main, but auxiliary_key, auxiliary_value or "
                    + "auxiliary_lengths is given"
            }
        ),
    ]

    private static let auxiliary: [SparseRule] = [
        activation("auxiliary_key") { $0.inputs.auxiliaryKey },
        shape("auxiliary_key", { [$0.shape.sequenceCount, nil, nil, $0.shape.headSize] }) {
            $0.inputs.auxiliaryKey
        },
        SparseRule(
            holds: {
                guard let heads = $0.inputs.auxiliaryKey?.shape[2] else { return true }
                return heads == 1 || heads == $0.shape.keyValueHeadCount
            },
            message: {
                "auxiliary_key dimension 2 must be 1 or \($0.shape.keyValueHeadCount), got shape "
                    + "\($0.inputs.auxiliaryKey?.shape ?? TensorShape())"
            }
        ),
        activation("auxiliary_value") { $0.inputs.auxiliaryValue },
        SparseRule(
            holds: {
                guard let value = $0.inputs.auxiliaryValue else { return true }
                return value.shape == $0.inputs.auxiliaryKey?.shape
            },
            message: {
                "auxiliary_value must have the shape of auxiliary_key "
                    + "\($0.inputs.auxiliaryKey?.shape ?? TensorShape()), got "
                    + "\($0.inputs.auxiliaryValue?.shape ?? TensorShape())"
            }
        ),
        type("auxiliary_lengths", .int32) { $0.inputs.auxiliaryLengths },
        shape("auxiliary_lengths", { [$0.shape.sequenceCount] }) { $0.inputs.auxiliaryLengths },
    ]

    private typealias Tensor = @Sendable (SparseRuleContext) -> TensorView?

    private static func type(
        _ name: String,
        _ expected: ElementType,
        _ tensor: @escaping Tensor
    ) -> SparseRule {
        SparseRule(
            holds: { tensor($0).map { $0.elementType == expected } ?? true },
            message: {
                "\(name) must have element type \(expected.name), got "
                    + (tensor($0)?.elementType.name ?? "")
            }
        )
    }

    private static func activation(_ name: String, _ tensor: @escaping Tensor) -> SparseRule {
        SparseRule(
            holds: { context in
                let expected = context.inputs.attention.query.elementType
                return tensor(context).map { $0.elementType == expected } ?? true
            },
            message: {
                "\(name) must have element type \($0.inputs.attention.query.elementType.name), got "
                    + (tensor($0)?.elementType.name ?? "")
            }
        )
    }

    /// The tensor, if given, has the dimensions; nil stands for any that is not negative.
    private static func shape(
        _ name: String,
        _ expected: @escaping @Sendable (SparseRuleContext) -> [Int?],
        _ tensor: @escaping Tensor
    ) -> SparseRule {
        SparseRule(
            holds: { context in
                guard let shape = tensor(context)?.shape else { return true }
                let expected = expected(context)
                return shape.rank == expected.count
                    && expected.indices.allSatisfy {
                        shape[$0] == expected[$0] ?? max(shape[$0], 0)
                    }
            },
            message: { context in
                let dimensions = expected(context).map { $0.map { "\($0)" } ?? "any" }
                return "\(name) must have shape (\(dimensions.joined(separator: ", "))), got "
                    + "\(tensor(context)?.shape ?? TensorShape())"
            }
        )
    }
}
