package import PagedKernels
internal import PagedAttention

extension GraphFile {
    /// Has our kernels compute products of 4-bit weights: nodes of `com.microsoft` that we serve get our
    /// domain, with the same inputs and attributes. Weights are not touched.
    ///
    ///     bits 4, accuracy_level 4, block_size 32, 64, 128 or 256
    ///     B, scales and zero_points are constants, zero_points of uint8; no g_idx
    ///
    /// - Returns: the kernel that serves them; nil where nothing was changed, also where ONNX Runtime's
    ///   kernels are made for the processor and ours are not.
    package mutating func useOwnProducts() -> MatMulNBitsKernel? {
        guard let kernel = MatMulNBitsKernel.available.first, kernel.instructionSet >= .avx2 else {
            return nil
        }
        let constants = Dictionary(
            message.graph.initializer.map { ($0.name, $0.dataType) },
            uniquingKeysWith: { first, _ in first }
        )
        var isChanged = false
        for index in message.graph.node.indices
        where GraphNode(message.graph.node[index]).isOwnProduct(constants) {
            message.graph.node[index].domain = OperatorDomain.own
            isChanged = true
        }
        guard isChanged else { return nil }
        message.useOperators(of: OperatorDomain.own, version: 1)
        return kernel
    }
}

extension GraphNode {
    /// Whether our kernels serve the node.
    ///
    /// - Parameter constants: the element type of each constant, by name.
    fileprivate func isOwnProduct(_ constants: [String: Int32]) -> Bool {
        guard operatorType == "MatMulNBits", domain == OperatorDomain.microsoft, input(4) == nil,
            type(1, constants) == .uint8, type(2, constants)?.isActivation == true,
            input(3) == nil || type(3, constants) == .uint8
        else { return false }
        do throws(OperatorError) {
            let attributes = MatMulNBitsAttributes(
                rowSize: try integer("K") ?? 0,
                columnCount: try integer("N") ?? 0,
                bits: try integer("bits") ?? 4,
                blockSize: try integer("block_size") ?? 0
            )
            try MatMulNBitsRules.check(attributes)
            let isInOrder = try integer("weight_prepacked") ?? 0 == 0
            return try integer("accuracy_level") == 4 && isInOrder
        } catch {
            return false
        }
    }

    private func type(_ index: Int, _ constants: [String: Int32]) -> ElementType? {
        input(index).flatMap { constants[$0] }.flatMap(ElementType.init)
    }
}
