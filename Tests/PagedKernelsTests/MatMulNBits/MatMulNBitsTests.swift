import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Every kernel of `MatMulNBits` that this processor runs.
@Suite struct MatMulNBitsTests {
    static let sets = MatMulNBitsKernel.available.map(\.instructionSet)
    static let activations: [ElementType] = [.float32, .float16, .bfloat16]

    static let cases: [ProductCase] = {
        var cases: [ProductCase] = []
        for activation in activations {
            for blockSize in MatMulNBitsAttributes.blockSizes {
                for (index, rowSize) in [1, 31, 32, 96, 129, 256, 300, 896].enumerated() {
                    let rows = [1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 23, 31, 40]
                    let columns = [1, 4, 5, 16, 17, 31, 48, 64]
                    let seed = UInt64(cases.count)
                    cases.append(
                        ProductCase(
                            activation: activation,
                            rowSize: rowSize,
                            columns: columns[(index + cases.count / 8) % columns.count],
                            blockSize: blockSize,
                            rows: rows[cases.count % rows.count],
                            hasZeroPoints: cases.count % 3 == 0,
                            hasBias: cases.count % 5 < 2,
                            seed: seed
                        )
                    )
                }
            }
        }
        return cases
    }()

    @Test(arguments: sets)
    func `Results are those of the reference, rounded`(_ set: InstructionSet) throws {
        for c in Self.cases {
            let tensors = ProductTensors(c)
            try tensors.run(set)
            tensors.check(c, "\(set)")
        }
    }

    @Test(arguments: sets)
    func `A row is the same bits alone, among others and on several threads`(
        _ set: InstructionSet
    ) throws {
        for c in Self.cases.filter({ $0.rows > 1 }) + [ProductCase(columns: 500, rows: 700)] {
            let tensors = ProductTensors(c)
            let together = try tensors.run(set)
            let rowBytes = together.count / c.rows
            for row in [0, c.rows / 2, c.rows - 1] {
                let alone = try tensors.row(row).run(set)
                #expect(alone == Array(together[row * rowBytes..<(row + 1) * rowBytes]), "\(c)")
            }
            #expect(try tensors.run(set, ConcurrentExecutor()) == together, "\(c)")
        }
    }

    @Test(arguments: sets)
    func `Tensors that end at a page without access give the same bits`(
        _ set: InstructionSet
    ) throws {
        for c in Self.cases {
            let tensors = ProductTensors(c)
            #expect(try tensors.guarded().run(set) == tensors.run(set), "\(set), \(c)")
        }
    }

    @Test(arguments: sets)
    func `A number that is none makes its own row NaN and no other`(_ set: InstructionSet) throws {
        for (bad, rows) in [(Double.nan, 1), (.infinity, 3), (-.infinity, 12), (.nan, 40)] {
            let c = ProductCase(rows: rows, hasZeroPoints: rows == 3)
            let clean = ProductTensors(c)
            let spoilt = ProductTensors(c)
            spoilt.a.view.store(bad, at: (rows - 1) * c.rowSize + 77)
            try clean.run(set)
            try spoilt.run(set)
            for (index, (was, now)) in zip(clean.output.values, spoilt.output.values).enumerated() {
                let isOwn = index >= (rows - 1) * c.columns
                #expect(isOwn ? now.isNaN : now == was, "\(set), element \(index)")
            }
        }
    }

    @Test(arguments: sets)
    func `Zeros, tiny numbers and the largest codes are exact`(_ set: InstructionSet) throws {
        for (number, code, expected) in [
            (0.0, 0xff, 0.0), (0x1p-140, 0xff, 0), (127, 0xff, 127 * 7 * 256),
            (-127, 0, 127 * 8 * 256),
        ] {
            for rows in [1, 9] {
                let c = ProductCase(rowSize: 256, blockSize: 256, rows: rows)
                let tensors = ProductTensors(c)
                for index in 0..<256 * rows { tensors.a.view.store(number, at: index) }
                for index in 0..<c.columns { tensors.scales.view.store(1, at: index) }
                for index in 0..<tensors.codes.byteCount {
                    tensors.codes.view.base.storeBytes(
                        of: UInt8(code),
                        toByteOffset: index,
                        as: UInt8.self
                    )
                }
                try tensors.run(set)
                #expect(tensors.output.values.allSatisfy { $0 == expected }, "\(set), \(number)")
            }
        }
    }

    @Test func `Kernels with fused multiply-adds give the same bits`() throws {
        let sets = Self.sets.filter { $0 >= .avx2 }
        for c in Self.cases {
            let results = try sets.map { try ProductTensors(c).run($0) }
            #expect(results.allSatisfy { $0 == results[0] }, "\(c)")
        }
    }

    @Test func `The axes before the last one are rows`() throws {
        let c = ProductCase(rows: 12)
        var tensors = ProductTensors(c)
        let flat = try tensors.run(InstructionSet.best)
        tensors.a = Tensor(.float32, TensorShape(2, 3, 2, c.rowSize)) { [a = tensors.a] in
            a.values[$0]
        }
        tensors.output = Tensor(.float32, TensorShape(2, 3, 2, c.columns))
        #expect(try tensors.run(InstructionSet.best) == flat)
    }

    @Test func `An empty call writes nothing`() throws {
        var tensors = ProductTensors(ProductCase())
        tensors.a = Tensor(.float32, TensorShape(0, 160))
        tensors.output = Tensor(.float32, TensorShape(0, 33))
        #expect(try tensors.run(InstructionSet.best).isEmpty)
    }
}
