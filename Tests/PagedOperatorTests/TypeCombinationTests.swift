import PagedAttention
import PagedKernels
import PagedOperator
import Testing

@Suite("The element types of the operator")
struct TypeCombinationTests {
    @Test("are those of some kernel, packed codes as bytes")
    func all() {
        let kernels = Set(
            KernelList.all.map { record in
                let isPacked = record.cacheType == .int4 || record.cacheType == .float4e2m1
                return [record.activationType, isPacked ? .uint8 : record.cacheType]
            }
        )
        let pairs = TypeCombination.all.filter { $0.schema == .paged }.map {
            [$0.activation, $0.cache]
        }
        #expect(pairs.count == kernels.count && Set(pairs) == kernels)
    }

    @Test("follow the operator's schema, input by input")
    func inputs() throws {
        let mixed = try #require(TypeCombination.all.first { $0.cache == .float16 })
        let types = (0..<17).map { mixed.inputType($0).name }
        #expect(
            types == [
                "float32", "float32", "float32", "float16", "float16", "int32", "int32", "int32",
                "float32", "float32", "int32", "float32", "float32", "float32", "float32",
                "float32", "int32",
            ]
        )
        #expect((0..<3).map { mixed.outputType($0) } == [.float32, .float16, .float16])
    }

    @Test("of an error keep their kind: invalid arguments and missing features")
    func errors() {
        #expect(OnnxRuntimeError(.invalidArgument("a")).code == 2)
        #expect(OnnxRuntimeError(.notImplemented("b")).code == 9)
        #expect(OnnxRuntimeError(.notImplemented("b")).message == "b")
    }
}
