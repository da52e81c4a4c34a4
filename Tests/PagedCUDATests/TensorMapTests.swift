import CPagedAllocations
import CPagedCUDAEmulator
import PagedAttention
import PagedCUDA
import PagedCases
import PagedKernels
import Testing

/// Caches as boxes: when the driver is asked to encode them, and what happens without.
@Suite struct TensorMapTests {
    private static let prompt = AttentionCase(
        activation: .float16,
        cache: .float16,
        headSize: 80,
        blockSize: 64,
        lengths: [.init(past: 70, new: 90), .init(past: 3, new: 40)]
    )

    private var encodings: Int32 { paged_mock_calls("cuTensorMapEncodeTiled") }

    private func attention(_ c: AttentionCase, _ machine: MockMachine) throws -> CUDAAttention {
        try CUDAAttention(
            attributes: c.attributes,
            activationType: c.activation,
            cacheType: c.cacheTensor,
            selection: KernelSelection(sdpaKernel: 8),
            library: machine.library
        )
    }

    /// Runs a case on the kernel of SM90, which has to give what the reference gives.
    private func expectHopper(_ c: AttentionCase, _ machine: MockMachine) throws {
        let tensors = CaseTensors(c)
        let selection = KernelSelection(sdpaKernel: 8)
        let choice = try tensors.run(c, on: machine.stream, machine.library, selection: selection)
        #expect(choice?.kernel.form == .hopper)
        #expect(try ReferenceResult(c).problems(tensors, c).isEmpty)
    }

    @Test func `Caches are encoded once, and a call that is repeated allocates nothing`() throws {
        try MockMachine.use { machine in
            let c = Self.prompt
            let attention = try attention(c, machine)
            let (tensors, others) = (CaseTensors(c), CaseTensors(c))
            let placed = try DeviceTensors(tensors, on: machine.stream)
            let elsewhere = try DeviceTensors(others, on: machine.stream)
            func launch(_ tensors: DeviceTensors) throws {
                let call = try attention.call(tensors.inputs, output: tensors.output)
                try attention.launch(call, on: machine.stream)
            }
            try launch(placed)
            #expect(encodings == 2)
            try launch(elsewhere)
            #expect(encodings == 4)
            try #require(paged_allocations_begin())
            let before = paged_allocations_of_thread()
            for _ in 0..<10 {
                try launch(placed)
                try launch(elsewhere)
            }
            #expect(paged_allocations_of_thread() == before)
            #expect(encodings == 4)
            try placed.finish(tensors)
            try elsewhere.finish(others)
        }
    }

    @Test func `A driver that cannot encode them serves all the same`() throws {
        try MockMachine.use(without: "cuTensorMapEncodeTiled") { machine in
            try expectHopper(Self.prompt, machine)
            #expect(encodings == 0)
        }
    }

    @Test(arguments: [0, 1] as [Int32])
    func `A driver that refuses one of them serves all the same`(_ calls: Int32) throws {
        try MockMachine.use { machine in
            paged_mock_fail("cuTensorMapEncodeTiled", 1, calls)
            try expectHopper(Self.prompt, machine)
            #expect(encodings == calls + 1)
        }
    }

    @Test(arguments: [16, 32, 64, 128, 256])
    func `Blocks of 64 places and more are copied as boxes`(_ blockSize: Int) throws {
        try MockMachine.use { machine in
            try expectHopper(Self.prompt.with { $0.blockSize = blockSize }, machine)
            #expect(encodings == (blockSize < 64 ? 0 : 2))
        }
    }

    @Test(arguments: [ElementType.int8, .float8e4m3fn, .int4, .float4e2m1])
    func `Codes are never copied as boxes`(_ type: ElementType) throws {
        try MockMachine.use { machine in
            try expectHopper(Self.prompt.with { $0.cache = type }, machine)
            #expect(encodings == 0)
        }
    }
}
