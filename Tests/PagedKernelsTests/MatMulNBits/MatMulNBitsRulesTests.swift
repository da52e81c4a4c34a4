import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// What `MatMulNBits` refuses, by the name of what is wrong and its value.
@Suite struct MatMulNBitsRulesTests {
    @Test func `An attribute that is not served is named with its value`() {
        let changes: [(String, (inout MatMulNBitsAttributes) -> Void)] = [
            ("K must be from 1 to 16777216, got 0", { $0.rowSize = 0 }),
            ("N must be from 1 to 2147483647, got -3", { $0.columnCount = -3 }),
            ("K must be from 1 to 16777216, got 9223372036854775807", { $0.rowSize = .max }),
            ("bits must be 4, got 8", { $0.bits = 8 }),
            ("block_size must be one of [32, 64, 128, 256], got 16", { $0.blockSize = 16 }),
            ("block_size must be one of [32, 64, 128, 256], got 0", { $0.blockSize = 0 }),
        ]
        for (message, change) in changes {
            var attributes = ProductCase().attributes
            change(&attributes)
            let error = #expect(throws: OperatorError.self) {
                try MatMulNBitsOperator(attributes: attributes, activationType: .float32)
            }
            #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        }
        let error = #expect(throws: OperatorError.self) {
            try MatMulNBitsOperator(attributes: ProductCase().attributes, activationType: .int32)
        }
        #expect(error?.message == "A must be float32, float16 or bfloat16, got int32")
    }

    @Test func `A tensor of another shape or type is named with its own`() {
        let changes: [(String, (inout ProductTensors) -> Void)] = [
            ("A must have 1 to 4 axes", { $0.a = Tensor(.float32, TensorShape(3, 161)) }),
            ("A must have 480", { $0.a = Tensor(.float16, TensorShape(3, 160)) }),
            ("B must have 2640", { $0.codes = Tensor(.uint8, TensorShape(33, 5, 15)) }),
            ("B must have 2640", { $0.codes = Tensor(.int8, TensorShape(33, 5, 16)) }),
            ("scales must have 165", { $0.scales = Tensor(.float32, TensorShape(164)) }),
            ("scales must have 165", { $0.scales = Tensor(.float16, TensorShape(165)) }),
            ("zero_points must have 99", { $0.zeroPoints = Tensor(.uint8, TensorShape(98)) }),
            ("zero_points must have 99", { $0.zeroPoints = Tensor(.float32, TensorShape(99)) }),
            ("bias must have 33", { $0.bias = Tensor(.float32, TensorShape(32)) }),
            ("output must be float32", { $0.output = Tensor(.float32, TensorShape(3, 32)) }),
            ("output must be float32", { $0.output = Tensor(.float16, TensorShape(3, 33)) }),
        ]
        for (message, change) in changes {
            var tensors = ProductTensors(ProductCase())
            change(&tensors)
            let error = #expect(throws: OperatorError.self) { try tensors.run(InstructionSet.best) }
            #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        }
    }
}
