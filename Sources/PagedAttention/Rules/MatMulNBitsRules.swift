/// What a `MatMulNBits` node and the tensors of its calls have to keep.
package enum MatMulNBitsRules {
    /// Checks the attributes of a node.
    ///
    /// - Throws: the attribute, the value and what is served.
    package static func check(_ attributes: MatMulNBitsAttributes) throws(OperatorError) {
        let sizes = [
            ("K", attributes.rowSize, MatMulNBitsAttributes.maximumRowSize),
            ("N", attributes.columnCount, MatMulNBitsAttributes.maximumColumnCount),
        ]
        for (name, value, largest) in sizes where !(1...largest).contains(value) {
            throw .invalidArgument("\(name) must be from 1 to \(largest), got \(value)")
        }
        guard attributes.bits == 4 else {
            throw .notImplemented(
                "bits must be 4, got \(attributes.bits); leave the node to com.microsoft"
            )
        }
        let known = MatMulNBitsAttributes.blockSizes
        guard known.contains(attributes.blockSize) else {
            throw .notImplemented(
                "block_size must be one of \(known), got \(attributes.blockSize); leave the node to "
                    + "com.microsoft"
            )
        }
    }

    /// Checks the tensors of a call.
    ///
    /// - Returns: how many rows A has, and the shape of the result.
    package static func check(
        _ inputs: MatMulNBitsInputs,
        _ attributes: MatMulNBitsAttributes,
        _ activation: ElementType
    ) throws(OperatorError) -> MatMulNBitsShape {
        let rank = inputs.a.shape.rank
        guard (1...4).contains(rank), inputs.a.shape[rank - 1] == attributes.rowSize else {
            throw .invalidArgument(
                "A must have 1 to 4 axes, the last of K = \(attributes.rowSize), got "
                    + "\(inputs.a.shape)"
            )
        }
        let columns = attributes.columnCount
        let blocks = saturatingProduct(columns, attributes.blockCount)
        try check("A", inputs.a, activation, inputs.a.shape.elementCount)
        try check("B", inputs.codes, .uint8, saturatingProduct(blocks, attributes.blockSize / 2))
        try check("scales", inputs.scales, activation, blocks)
        if let zeroPoints = inputs.zeroPoints {
            let count = saturatingProduct(columns, attributes.zeroPointBytes)
            try check("zero_points", zeroPoints, .uint8, count)
        }
        if let bias = inputs.bias { try check("bias", bias, activation, columns) }
        return MatMulNBitsShape(a: inputs.a.shape, attributes)
    }

    /// Checks where a call's result goes.
    package static func check(
        output: TensorView,
        _ shape: MatMulNBitsShape,
        _ activation: ElementType
    ) throws(OperatorError) {
        guard output.elementType == activation, output.shape == shape.output else {
            throw .invalidArgument(
                "output must be \(activation.name) of shape \(shape.output), got "
                    + "\(output.elementType.name) of shape \(output.shape)"
            )
        }
    }

    private static func check(
        _ name: String,
        _ tensor: TensorView,
        _ type: ElementType,
        _ count: Int
    ) throws(OperatorError) {
        guard tensor.elementType == type, tensor.shape.elementCount == count else {
            throw .invalidArgument(
                "\(name) must have \(count) elements of \(type.name), got "
                    + "\(tensor.elementType.name) of shape \(tensor.shape)"
            )
        }
    }
}

/// The sizes of one call of `MatMulNBits`.
public struct MatMulNBitsShape: Equatable, Sendable {
    /// Rows of A and of the result.
    public let rowCount: Int
    /// The shape of the result: A's, with N in place of K.
    public let output: TensorShape

    init(a: TensorShape, _ attributes: MatMulNBitsAttributes) {
        func size(_ axis: Int) -> Int { axis == a.rank - 1 ? attributes.columnCount : a[axis] }
        rowCount = a.elementCount / attributes.rowSize
        output = TensorShape(rank: a.rank, size(0), size(1), size(2), size(3))
    }
}
