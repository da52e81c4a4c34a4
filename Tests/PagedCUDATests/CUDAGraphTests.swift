import CPagedCUDAEmulator
import PagedAttention
import PagedCUDA
import PagedCases
import Testing

/// Captured work.
@Suite struct CUDAGraphTests {
    @Test func `A captured call happens when it is launched, each time, with what is there then`()
        throws
    {
        try MockMachine.use { machine in
            let (buffer, copy) = try (
                DeviceBuffer(machine.device, byteCount: 64),
                DeviceBuffer(machine.device, byteCount: 64)
            )
            try copy.fill(0, on: machine.stream)
            let graph = try CUDAGraph(of: machine.stream) { () throws(CUDAError) in
                try copy.copy(from: buffer, on: machine.stream)
            }
            for byte in UInt8(1)...2 {
                try buffer.fill(byte, on: machine.stream)
                try machine.stream.synchronise()
                #expect(copy.pointer.load(as: UInt8.self) == byte - 1)
                try graph.launch(on: machine.stream)
                try machine.stream.synchronise()
                #expect(copy.pointer.load(as: UInt8.self) == byte)
            }
        }
    }

    @Test func `An attention call is captured after one that was not`() throws {
        try MockMachine.use { machine in
            let c = AttentionCase(
                activation: .float16,
                cache: .float16,
                lengths: [.init(past: 17, new: 1)]
            )
            let attention = try CUDAAttention(
                attributes: c.attributes,
                activationType: c.activation,
                cacheType: c.cacheTensor,
                library: machine.library
            )
            let layers = try DeviceLayers(c, attention, on: machine.stream, coldBytes: 0)
            try attention.launch(layers.calls[1], on: machine.stream)
            let expected = try layers.lastOutputs()
            let graph = try CUDAGraph(of: machine.stream) { () throws(CUDAError) in
                try attention.launch(layers.calls[1], on: machine.stream)
            }
            try attention.launch(layers.calls[0], on: machine.stream)
            let other = try layers.lastOutputs()
            #expect(other != expected)
            try graph.launch(on: machine.stream)
            let replayed = try layers.lastOutputs()
            #expect(replayed == expected)
        }
    }

    @Test func `The workspace that a graph uses stays when a call needs a larger one`() throws {
        try MockMachine.use { machine in
            let small = AttentionCase(activation: .float16, cache: .float16, hasNorm: true)
            let large = small.with {
                $0.lengths = Array(repeating: .init(past: 40, new: 9), count: 5)
            }
            let attention = try CUDAAttention(
                attributes: small.attributes,
                activationType: .float16,
                cacheType: .float16,
                library: machine.library
            )
            let tensors = CaseTensors(small)
            let placed = try DeviceTensors(tensors, on: machine.stream)
            let call = try attention.call(placed.inputs, output: placed.output)
            try attention.launch(call, on: machine.stream)
            let graph = try CUDAGraph(of: machine.stream) { () throws(CUDAError) in
                try attention.launch(call, on: machine.stream)
            }
            let buffers = paged_mock_calls("cuMemFree_v2")
            try CaseTensors(large).run(large, on: machine.stream, machine.library)
            try graph.launch(on: machine.stream)
            try placed.finish(tensors)
            #expect(try ReferenceResult(small).problems(tensors, small).isEmpty)
            #expect(paged_mock_calls("cuMemFree_v2") > buffers)
        }
    }

    @Test(
        arguments: [
            "cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags",
        ]
    )
    func `What the driver refuses is said, and leaves nothing open`(_ function: String) throws {
        try MockMachine.use { machine in
            let buffer = try DeviceBuffer(machine.device, byteCount: 64)
            paged_mock_fail(function, 901, 0)
            let text = message {
                _ = try CUDAGraph(of: machine.stream) { () throws(CUDAError) in
                    try buffer.fill(1, on: machine.stream)
                }
            }
            #expect(text.contains("(901)"), "\(text)")
        }
    }

    @Test func `A driver without graphs does everything else`() throws {
        MockMachine.start()
        let driver = try CUDADriver { name in
            name.hasPrefix("cuGraph") ? nil : MockMachine.symbols(name)
        }
        let stream = try CUDAStream(CUDADevice(driver))
        #expect(!CUDAGraph.isAvailable(on: stream.device))
        let text = message { _ = try CUDAGraph(of: stream) { () throws(CUDAError) in } }
        #expect(text == "libcuda.so.1 has no cuGraphInstantiateWithFlags: install a newer one")
    }
}
