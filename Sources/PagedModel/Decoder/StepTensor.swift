internal import PagedAttention
internal import PagedRuntime

/// One input or output of the graph whose shape changes from step to step, over memory that stays.
///
/// ONNX Runtime is told only when the shape changed, so a run of decode steps binds nothing.
final class StepTensor {
    enum Role {
        case input
        case output
    }

    private let name: String
    private let role: Role
    private let library: OnnxRuntimeLibrary
    let buffer: TensorBuffer
    private var rows = -1
    private var columns: Int?

    init(_ role: Role, _ name: String, _ buffer: TensorBuffer, _ library: OnnxRuntimeLibrary) {
        self.role = role
        self.name = name
        self.buffer = buffer
        self.library = library
    }

    /// Makes the tensor `[rows]`, or `[rows, columns]`.
    func setShape(
        rows: Int,
        columns: Int? = nil,
        in binding: Binding
    ) throws(RuntimeError) {
        guard rows != self.rows || columns != self.columns else { return }
        let shape = columns.map { [rows, $0] } ?? [rows]
        let value = try TensorValue(shape, in: buffer, library: library)
        switch role {
        case .input: try binding.bindInput(name, value)
        case .output: try binding.bindOutput(name, value)
        }
        self.rows = rows
        self.columns = columns
    }

    /// Writes numbers in the tensor's own integer type, then `filler` up to `count` numbers.
    func write(_ numbers: UnsafeBufferPointer<Int32>, filledTo count: Int, with filler: Int32 = 0) {
        if buffer.elementType == .int64 {
            let elements = buffer.elements(as: Int64.self)
            for (index, number) in numbers.enumerated() { elements[index] = Int64(number) }
            for index in numbers.count..<count { elements[index] = Int64(filler) }
        } else {
            let elements = buffer.elements(as: Int32.self)
            for (index, number) in numbers.enumerated() { elements[index] = number }
            for index in numbers.count..<count { elements[index] = filler }
        }
    }
}
