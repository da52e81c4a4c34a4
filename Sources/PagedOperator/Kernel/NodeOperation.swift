internal import PagedAttention
internal import PagedKernels

/// What a node computes.
enum NodeOperation: Sendable {
    case paged(PagedAttentionOperator)
    case sparse(SparsePagedAttentionOperator)

    /// Reads the attributes of a node and chooses its kernels.
    init(
        _ schema: OperatorSchema,
        _ node: NodeAttributes,
        _ activation: ElementType,
        _ cache: ElementType,
        _ selection: KernelSelection
    ) throws(OnnxRuntimeError) {
        let attributes = try node.read()
        switch schema {
        case .paged:
            self = try asOnnxRuntime { () throws(OperatorError) in
                .paged(
                    try PagedAttentionOperator(
                        attributes: attributes,
                        activationType: activation,
                        cacheType: cache,
                        selection: selection
                    )
                )
            }
        case .sparse:
            let sparse = try node.readSparse()
            self = try asOnnxRuntime { () throws(OperatorError) in
                .sparse(
                    try SparsePagedAttentionOperator(
                        attributes: attributes,
                        sparse: sparse,
                        activationType: activation,
                        cacheType: cache,
                        selection: selection
                    )
                )
            }
        }
    }

    /// The kernel that serves a call of this shape.
    func kernel(for shape: AttentionShape) throws(OperatorError) -> KernelChoice {
        switch self {
        case .paged(let operation): try operation.kernel(for: shape)
        case .sparse(let operation): try operation.kernel(for: shape)
        }
    }
}

/// Runs `body` and gives its refusal the form that ONNX Runtime expects.
func asOnnxRuntime<Value>(
    _ body: () throws(OperatorError) -> Value
) throws(OnnxRuntimeError) -> Value {
    do {
        return try body()
    } catch {
        throw OnnxRuntimeError(error)
    }
}
