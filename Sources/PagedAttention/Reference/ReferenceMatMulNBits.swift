/// `MatMulNBits` in obvious loops: what every kernel is compared with.
///
/// Activations are brought to 8-bit numbers as the operator's accuracy level 4 defines it, in float32;
/// everything after that is `Double`.
public struct ReferenceMatMulNBits {
    /// The attributes of the node.
    public let attributes: MatMulNBitsAttributes

    /// A reference for a node with valid attributes.
    public init(attributes: MatMulNBitsAttributes) {
        self.attributes = attributes
    }

    /// The result for valid inputs, row by row, before it is rounded to the activations' type.
    public func evaluate(_ inputs: MatMulNBitsInputs) -> [Double] {
        (0..<inputs.a.shape.elementCount / attributes.rowSize).flatMap { row in
            let blocks = (0..<attributes.blockCount).map { quantise(inputs.a, row: row, block: $0) }
            return (0..<attributes.columnCount).map { column in
                var sum = inputs.bias?.element(column) ?? 0
                for (block, numbers) in blocks.enumerated() {
                    sum += numbers.scale * product(inputs, column, block, numbers.codes)
                }
                return sum
            }
        }
    }

    /// A block of a row: whole numbers from -127 to 127, and what 1 stands for; NaN for a block that is
    /// not finite.
    private func quantise(
        _ a: TensorView,
        row: Int,
        block: Int
    ) -> (codes: [Double], scale: Double) {
        let channels =
            block
            * attributes.blockSize..<min((block + 1) * attributes.blockSize, attributes.rowSize)
        let values = channels.map { Float(a.element(row * attributes.rowSize + $0)) }
        guard values.allSatisfy(\.isFinite) else { return (values.map { _ in 0 }, .nan) }
        let largest = values.reduce(0) { max($0, $1.magnitude) }
        let factor = 127 / largest
        // A block of zeros, or of numbers so small that their factor is infinite.
        guard factor.isFinite else { return (values.map { _ in 0 }, 0) }
        let codes = values.map { Double(($0 * factor).rounded(.toNearestOrEven)) }
        return (codes, Double(largest / 127))
    }

    private func product(
        _ inputs: MatMulNBitsInputs,
        _ column: Int,
        _ block: Int,
        _ numbers: [Double]
    ) -> Double {
        let first = (column * attributes.blockCount + block) * attributes.blockSize
        let zero =
            inputs.zeroPoints.map {
                nibble($0, 2 * column * attributes.zeroPointBytes + block)
            } ?? 8
        var sum = 0.0
        for (index, number) in numbers.enumerated() {
            sum += number * (nibble(inputs.codes, first + index) - zero)
        }
        return sum * inputs.scales.element(column * attributes.blockCount + block)
    }

    private func nibble(_ tensor: TensorView, _ index: Int) -> Double {
        let byte = tensor.base.load(fromByteOffset: index / 2, as: UInt8.self)
        return Double(index % 2 == 0 ? byte & 15 : byte >> 4)
    }
}
