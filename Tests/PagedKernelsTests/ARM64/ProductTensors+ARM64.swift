import Foundation
import PagedAttention
import PagedCases

extension ProductTensors {
    /// Runs the arm64 kernels on these tensors, and returns the bytes of the output.
    func runOnARM64() throws -> [UInt8] {
        var numbers = CallNumber.allCases.map { _ in 0.0 }
        numbers[CallNumber.rowSize.rawValue] = Double(attributes.rowSize)
        numbers[CallNumber.columnCount.rawValue] = Double(attributes.columnCount)
        numbers[CallNumber.blockSize.rawValue] = Double(attributes.blockSize)
        var message = Data()
        message.append(.numbers, type: .int64, TensorShape(numbers.count), numbers)
        let roles: [(CallRole, Tensor?)] = [
            (.a, a), (.codes, codes), (.codeScales, scales), (.zeroPoints, zeroPoints),
            (.bias, bias), (.output, output),
        ]
        for case (let role, let tensor?) in roles {
            message.append(role, type: tensor.view.elementType, tensor.view.shape, tensor.bytes)
        }
        message.append(.end, type: .uint8, TensorShape(0), [UInt8]())
        let answer = try ARM64Program.answer(to: message, byteCount: output.byteCount + 16)
        return Array(answer.dropLast(16))
    }
}
