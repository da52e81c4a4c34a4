package import PagedAttention

/// The element types of one registered operator.
///
/// ONNX Runtime gets one operator for each combination, so that a model with any other is refused
/// while it loads.
package struct TypeCombination: Equatable, Sendable {
    /// The type of queries, keys, values and the output.
    package let activation: ElementType
    /// The type of the caches.
    package let cache: ElementType

    /// Every combination that this build serves.
    package static let all = [ElementType.float32, .float16, .bfloat16].flatMap { activation in
        ([activation] + (activation == .float32 ? [.float16] : [])
            + [.int8, .float8e4m3fn, .uint8]).map {
                TypeCombination(activation: activation, cache: $0)
            }
    }

    /// The ONNX type of input `index` of the operator.
    package func inputType(_ index: Int) -> ElementType {
        switch index {
        case 3, 4: cache
        case 5, 6, 7, 10, 16: .int32
        case 14, 15: .float32
        default: activation
        }
    }

    /// The ONNX type of output `index` of the operator.
    package func outputType(_ index: Int) -> ElementType {
        index == 0 ? activation : cache
    }
}
