import CPagedCUDAEmulator
import PagedCUDA
import Testing

/// Marks in streams, for which others wait.
@Suite struct EventTests {
    @Test func `Another stream waits for what is before a mark, and for no more`() throws {
        try MockMachine.use { machine in
            let other = try CUDAStream(machine.device)
            let event = try CUDAEvent(machine.device)
            let buffer = try DeviceBuffer(machine.device, byteCount: 64)
            let copy = try DeviceBuffer(machine.device, byteCount: 64)
            try buffer.fill(1, on: machine.stream)
            try event.record(in: machine.stream)
            try buffer.fill(2, on: machine.stream)
            try event.delay(other)
            try copy.copy(from: buffer, on: other)
            try other.synchronise()
            // What comes after the mark has not happened yet: the mock does everything as late as it may.
            #expect(copy.pointer.load(as: UInt8.self) == 1)
            try machine.stream.synchronise()
            #expect(buffer.pointer.load(as: UInt8.self) == 2)
        }
    }

    @Test func `The host waits for what is before a mark, and hears what went wrong`() throws {
        try MockMachine.use { machine in
            let event = try CUDAEvent(machine.device)
            let buffer = try DeviceBuffer(machine.device, byteCount: 64)
            try buffer.fill(1, on: machine.stream)
            try event.record(in: machine.stream)
            try event.synchronise()
            #expect(buffer.pointer.load(as: UInt8.self) == 1)
            paged_mock_fail("cuEventSynchronize", 719, 0)
            #expect(
                message { try event.synchronise() }
                    .hasPrefix("cuEventSynchronize: CUDA_ERROR_LAUNCH_FAILED (719)")
            )
        }
    }
}
