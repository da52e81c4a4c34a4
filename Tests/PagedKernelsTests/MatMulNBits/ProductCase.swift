import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// A call of `MatMulNBits` in words.
struct ProductCase: CustomStringConvertible {
    var activation = ElementType.float32
    var rowSize = 160
    var columns = 33
    var blockSize = 32
    var rows = 3
    var hasZeroPoints = false
    var hasBias = false
    var seed: UInt64 = 0

    var description: String {
        "\(activation.name), \(rows) x \(rowSize) x \(columns), blocks of \(blockSize), "
            + "zero points \(hasZeroPoints), bias \(hasBias), seed \(seed)"
    }

    var attributes: MatMulNBitsAttributes {
        MatMulNBitsAttributes(rowSize: rowSize, columnCount: columns, blockSize: blockSize)
    }

    /// The same case, changed.
    func with(_ change: (inout ProductCase) -> Void) -> ProductCase {
        var copy = self
        change(&copy)
        return copy
    }
}

/// The tensors of a case.
struct ProductTensors {
    var a: Tensor
    var codes: Tensor
    var scales: Tensor
    var zeroPoints: Tensor?
    var bias: Tensor?
    var output: Tensor
    let attributes: MatMulNBitsAttributes
    let activation: ElementType

    /// Random ones.
    init(_ c: ProductCase) {
        var random = SplitMix(seed: c.seed)
        let blocks = c.attributes.blockCount
        func numbers(_ range: ClosedRange<Double>, _ shape: TensorShape) -> Tensor {
            Tensor(c.activation, shape) { _ in Double.random(in: range, using: &random) }
        }
        func bytes(_ shape: TensorShape) -> Tensor {
            let tensor = Tensor(.uint8, shape)
            for index in 0..<tensor.byteCount {
                tensor.view.base.storeBytes(
                    of: UInt8.random(in: 0...255, using: &random),
                    toByteOffset: index,
                    as: UInt8.self
                )
            }
            return tensor
        }
        attributes = c.attributes
        activation = c.activation
        a = numbers(-3...3, TensorShape(c.rows, c.rowSize))
        codes = bytes(TensorShape(c.columns, blocks, c.blockSize / 2))
        scales = numbers(-0.02...0.02, TensorShape(c.columns * blocks))
        zeroPoints = c.hasZeroPoints ? bytes(TensorShape(c.columns, (blocks + 1) / 2)) : nil
        bias = c.hasBias ? numbers(-1...1, TensorShape(c.columns)) : nil
        output = Tensor(c.activation, TensorShape(c.rows, c.columns)) { _ in .nan }
    }

    var inputs: MatMulNBitsInputs {
        MatMulNBitsInputs(
            a: a.view,
            codes: codes.view,
            scales: scales.view,
            zeroPoints: zeroPoints?.view,
            bias: bias?.view
        )
    }

    /// The same tensors, each ending where a page without access begins.
    func guarded() -> ProductTensors {
        var copy = self
        copy.a = a.copy(guarded: true)
        copy.codes = codes.copy(guarded: true)
        copy.scales = scales.copy(guarded: true)
        copy.zeroPoints = zeroPoints?.copy(guarded: true)
        copy.bias = bias?.copy(guarded: true)
        copy.output = output.copy(guarded: true)
        return copy
    }

    /// Only one row of A.
    func row(_ index: Int) -> ProductTensors {
        var copy = self
        let size = attributes.rowSize
        copy.a = Tensor(activation, TensorShape(1, size)) { a.values[index * size + $0] }
        copy.output = Tensor(activation, TensorShape(1, attributes.columnCount))
        return copy
    }

    /// Computes into `output`, and returns its bytes.
    @discardableResult
    func run(
        _ set: InstructionSet,
        _ executor: some ParallelExecutor = SerialExecutor()
    ) throws -> [UInt8] {
        let operation = try MatMulNBitsOperator(
            attributes: attributes,
            activationType: activation,
            instructionSet: set
        )
        let shape = try operation.shape(of: inputs)
        try operation.run(shape, inputs, output: output.view, executor: executor)
        return output.bytes
    }

    /// Compares `output` with the reference.
    func check(_ c: ProductCase, _ kernel: String) {
        let expected = ReferenceMatMulNBits(attributes: attributes).evaluate(inputs)
        let unit = [ElementType.float16: 0x1p-11, .bfloat16: 0x1p-8][activation] ?? 0x1p-24
        // A sum of terms of at most 3 * 0.02 * 15 for each channel, rounded once a chunk.
        let chunks = Double(attributes.blockCount * attributes.blockSize / 32)
        let sum = 0x1p-24 * chunks * 0.9 * Double(attributes.rowSize) + 1e-7
        for (index, (value, wanted)) in zip(output.values, expected).enumerated() {
            let error = (value - wanted).magnitude
            #expect(error <= sum + unit * wanted.magnitude, "\(kernel), \(c), element \(index)")
        }
    }
}
