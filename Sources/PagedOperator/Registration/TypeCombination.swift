package import PagedAttention

/// One registered operator: which one, with which element types.
///
/// ONNX Runtime gets one operator for each combination, so that a model with any other is refused
/// while it loads.
package struct TypeCombination: Equatable, Sendable {
    /// The operator.
    package let schema: OperatorSchema
    /// The type of queries, keys, values and the output.
    package let activation: ElementType
    /// The type of the caches.
    package let cache: ElementType

    /// Every combination that this build serves.
    package static let all = OperatorSchema.allCases.flatMap { schema in
        [ElementType.float32, .float16, .bfloat16].flatMap { activation in
            caches(schema, activation).map {
                TypeCombination(schema: schema, activation: activation, cache: $0)
            }
        }
    }

    /// Packed codes need attributes that `SparsePagedAttention` does not have.
    private static func caches(
        _ schema: OperatorSchema,
        _ activation: ElementType
    ) -> [ElementType] {
        [activation] + (activation == .float32 ? [.float16] : []) + [.int8, .float8e4m3fn]
            + (schema == .paged ? [.uint8] : [])
    }

    /// The ONNX type of input `index` of the operator.
    package func inputType(_ index: Int) -> ElementType {
        if schema.isInteger(index) { return .int32 }
        if schema.isScale(index) { return .float32 }
        return index == 3 || index == 4 ? cache : activation
    }

    /// The ONNX type of output `index` of the operator.
    package func outputType(_ index: Int) -> ElementType {
        index == 0 ? activation : cache
    }
}
