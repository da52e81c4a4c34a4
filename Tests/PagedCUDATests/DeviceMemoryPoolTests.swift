import CPagedCUDAEmulator
import PagedCUDA
import Testing

/// What is kept of a device's memory, and for whom.
@Suite struct DeviceMemoryPoolTests {
    private var allocations: Int32 { paged_mock_calls("cuMemAlloc_v2") }

    @Test func `Memory serves the next tensor of about its size in the same stream only`() throws {
        try MockMachine.use { machine in
            let pool = DeviceMemoryPool(machine.device)
            let other = try CUDAStream(machine.device)
            let first = try pool.allocate(byteCount: 5000, for: machine.stream)
            pool.free(first)
            #expect(try pool.allocate(byteCount: 4200, for: other) != first)
            #expect(try pool.allocate(byteCount: 5000, for: nil) != first)
            #expect(try pool.allocate(byteCount: 8000, for: machine.stream) != first)
            #expect(try pool.allocate(byteCount: 4200, for: machine.stream) == first)
            #expect(allocations == 4)
        }
    }

    @Test func `Without a stream it is used again after the device was waited for`() throws {
        try MockMachine.use { machine in
            let pool = DeviceMemoryPool(machine.device)
            let source = try DeviceBuffer(machine.device, byteCount: 512)
            try source.fill(7, on: machine.stream)
            let first = try pool.allocate(byteCount: 512, for: nil)
            try machine.stream.copy(.onDevice, from: source.pointer, to: first, byteCount: 512)
            pool.free(first)
            let second = try pool.allocate(byteCount: 512, for: nil)
            // The mock's device memory can be read here.
            #expect(second == first && second.load(as: UInt8.self) == 7)
        }
    }

    @Test func `What a stream had serves others when it is gone`() throws {
        try MockMachine.use { machine in
            let pool = DeviceMemoryPool(machine.device)
            let stream = try CUDAStream(machine.device)
            let kept = try pool.allocate(byteCount: 512, for: stream)
            let used = try pool.allocate(byteCount: 2048, for: stream)
            pool.free(kept)
            pool.release(stream)
            pool.free(used)
            #expect(try pool.allocate(byteCount: 512, for: nil) == kept)
            #expect(try pool.allocate(byteCount: 2048, for: machine.stream) == used)
        }
    }

    @Test func `Large tensors and, where memory is short, all that is kept go to the driver`()
        throws
    {
        try MockMachine.use { machine in
            let pool = DeviceMemoryPool(machine.device)
            pool.free(try pool.allocate(byteCount: DeviceMemoryPool.limit + 1, for: machine.stream))
            #expect(paged_mock_open_bytes() == 0)
            pool.free(try pool.allocate(byteCount: 4096, for: machine.stream))
            paged_mock_fail("cuMemAlloc_v2", 2, 0)
            _ = try pool.allocate(byteCount: 512, for: machine.stream)
            #expect(paged_mock_open_bytes() == 512)
            paged_mock_fail("cuMemAlloc_v2", 2, 0)
            #expect(
                message { _ = try pool.allocate(byteCount: 9000, for: nil) }
                    .hasPrefix("cuMemAlloc of 10240 bytes: CUDA_ERROR_OUT_OF_MEMORY")
            )
        }
    }

    @Test(arguments: [0, 1, 255, 256, 257])
    func `Sizes are few, and at most a quarter more than asked for`(offset: Int) throws {
        try MockMachine.use { machine in
            let pool = DeviceMemoryPool(machine.device)
            for power in 0...17 {
                let wanted = (1 << power) * 256 + offset
                let before = paged_mock_open_bytes()
                _ = try pool.allocate(byteCount: wanted, for: nil)
                let got = Int(paged_mock_open_bytes() - before)
                #expect(got >= wanted && (got <= wanted + wanted / 4 || got <= wanted + 255))
                #expect(got % 256 == 0 || wanted > DeviceMemoryPool.limit)
            }
        }
    }
}
