import PagedAttention
import PagedRuntime
import Testing

@Suite("A tensor buffer")
struct TensorBufferTests {
    @Test("is aligned to 64 bytes and zero", arguments: [1, 7, 64, 1000])
    func aligned(capacity: Int) throws {
        let buffer = try TensorBuffer(elementType: .float16, capacity: capacity)
        #expect(UInt(bitPattern: buffer.base) % 64 == 0)
        #expect(buffer.byteCount == 2 * capacity)
        #expect(buffer.elements(as: UInt16.self).allSatisfy { $0 == 0 })
    }

    @Test("that no machine has memory for is refused", arguments: [1 << 59, Int.max / 4, Int.max])
    func noMemory(capacity: Int) {
        let error = #expect(throws: RuntimeError.self) {
            try TensorBuffer(elementType: .float32, capacity: capacity)
        }
        #expect(error?.description.contains("bytes") == true)
    }

    @Test("refuses a shape of more elements than there are numbers for")
    func overflow() throws {
        let library = try OnnxRuntimeLibrary.load(path: nil)
        let buffer = try TensorBuffer(elementType: .float32, capacity: 8)
        for shape in [[1 << 32, 1 << 32], [-1, -1], [-2, 4]] {
            #expect(throws: RuntimeError.self) {
                try TensorValue(shape, in: buffer, library: library)
            }
        }
    }

    @Test("refuses a shape that it has no room for")
    func tooLarge() throws {
        let library = try OnnxRuntimeLibrary.load(path: nil)
        let buffer = try TensorBuffer(elementType: .float32, capacity: 8)
        #expect(try TensorValue([2, 4], in: buffer, library: library).shape == [2, 4])
        let error = #expect(throws: RuntimeError.self) {
            try TensorValue([3, 3], in: buffer, library: library)
        }
        #expect(
            error?.description == "a tensor of shape [3, 3] does not fit into 8 elements"
        )
    }
}
