import PagedAttention
import PagedRuntime
import Testing

@Suite("A tensor buffer")
struct TensorBufferTests {
    @Test("is aligned to 64 bytes and zero", arguments: [1, 7, 64, 1000])
    func aligned(capacity: Int) {
        let buffer = TensorBuffer(elementType: .float16, capacity: capacity)
        #expect(UInt(bitPattern: buffer.base) % 64 == 0)
        #expect(buffer.byteCount == 2 * capacity)
        #expect(buffer.elements(as: UInt16.self).allSatisfy { $0 == 0 })
    }

    @Test("refuses a shape that it has no room for")
    func tooLarge() throws {
        let library = try OnnxRuntimeLibrary.load(path: nil)
        let buffer = TensorBuffer(elementType: .float32, capacity: 8)
        #expect(try TensorValue([2, 4], in: buffer, library: library).shape == [2, 4])
        let error = #expect(throws: RuntimeError.self) {
            try TensorValue([3, 3], in: buffer, library: library)
        }
        #expect(
            error?.description == "a tensor of shape [3, 3] does not fit into 8 elements"
        )
    }
}
