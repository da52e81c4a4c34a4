package import PagedAttention
package import PagedKernels

extension AttentionNode {
    /// The kernel that would serve a paged node here, by the automatic choice. A head size
    /// or block size that the graph leaves open is taken to be one that the operator allows.
    ///
    /// - Throws: why the operator refuses the node: the errors that it throws at load and at run.
    package func kernel() throws(OperatorError) -> KernelRecord {
        let attributes = try AttentionAttributes(node)
        let attention = try PagedAttentionOperator(
            attributes: attributes,
            activationType: try elementType(activation, of: .query),
            cacheType: try elementType(cache, of: .keyCache)
        )
        let headSize = headSize(attributes) ?? Self.usualHeadSize
        return try TrialCall(node: self, attention: attention, headSize: headSize).kernel()
    }

    private static let usualHeadSize = 128

    private func elementType(
        _ value: GraphValue?,
        of input: AttentionInput
    ) throws(OperatorError) -> ElementType {
        guard let value, let name = value.typeName else {
            throw .notImplemented(
                "the graph does not say the element type of \(input.name); "
                    + "add it with onnx.shape_inference"
            )
        }
        // Tensors of 4-bit codes are uint8.
        guard let type = value.elementType, !type.isPacked else {
            throw .notImplemented("\(input.name) of type \(name) is not implemented")
        }
        return type
    }

    /// The channels of a head; nil if neither the query nor the cache tells.
    package func headSize(_ attributes: AttentionAttributes) -> Int? {
        let heads = attributes.headCount.addingReportingOverflow(
            isPacked(attributes) ? attributes.keyValueHeadCount &* 2 : 0
        )
        if let width = value(.query)?.size(1), heads.partialValue > 0, !heads.overflow {
            return width / heads.partialValue
        }
        guard let width = value(.keyCache)?.size(3) else { return nil }
        // Bytes hold two packed codes.
        return cache?.elementType == .uint8 ? saturatingProduct(width, 2) : width
    }

    /// Whether a row of the query also holds keys and values.
    package func isPacked(_ attributes: AttentionAttributes) -> Bool {
        !has(.key) && attributes.cacheLayout == .separate
    }
}
