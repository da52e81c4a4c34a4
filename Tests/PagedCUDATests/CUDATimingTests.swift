import CPagedCUDAEmulator
import PagedAttention
import PagedCUDA
import PagedCases
import Testing

/// The measurement runs, although the mock's clock always says the same.
@Suite struct CUDATimingTests {
    private static func measure(
        _ workload: CUDAWorkload,
        _ machine: MockMachine
    ) throws -> CUDATiming.Row? {
        let timing = try CUDATiming(
            on: machine.stream,
            machine.library,
            rounds: 2,
            coldBytes: 1 << 14,
            warmUpSeconds: 0
        )
        #expect(timing.copyBytesPerSecond.count == 2)
        return try timing.measure(workload)
    }

    @Test(arguments: CUDAWorkload.small)
    func `A workload is timed, in a graph and by launches`(_ workload: CUDAWorkload) throws {
        try MockMachine.use { machine in
            let row = try #require(try Self.measure(workload, machine))
            #expect(row.identifier == workload.identifier)
            #expect(row.calls % row.layers == 0 && row.layers >= 2)
            let seconds = [1e-3 / Double(row.calls), 1e-3 / Double(row.calls)]
            #expect(row.graphSeconds == seconds && row.launchSeconds == seconds)
            #expect(row.median == seconds[0])
            // Two rounds of both kinds, a prologue and a kernel for each call.
            #expect(paged_mock_calls("kernel") >= 2 * 4 * row.calls)
            let isPortable = row.kernel.hasSuffix("-portable")
            #expect(isPortable == (workload.selection == .portable))
            if isPortable {
                #expect(row.difference == nil)
            } else {
                let difference = try #require(row.difference)
                #expect(difference < 0.02)
            }
        }
    }

    @Test func `Kernels on trial are timed where they are chosen, and nowhere else`() throws {
        let list = CUDAWorkload.list(
            CUDAWorkload.small,
            for: CUDAArchitecture(major: 9, minor: 0)
        ).filter { $0.selection == .trials }
        let prompt = try #require(list.first { $0.name == "prompt 48" })
        let decode = try #require(list.first { $0.name.hasPrefix("decode") })
        try MockMachine.use { machine in
            let tried = try Self.measure(prompt, machine)
            #expect(tried?.kernel.hasSuffix("-hopper") == true)
            let other = try Self.measure(decode, machine)
            #expect(other == nil)
        }
        let older = CUDAArchitecture(major: 8, minor: 0)
        #expect(CUDAWorkload.list(CUDAWorkload.small, for: older).count == CUDAWorkload.small.count)
    }

    @Test func `A kernel that fails ends the measurement`() throws {
        try MockMachine.use { machine in
            MockMachine.failKernels(after: 1)
            #expect(throws: CUDAError.self) {
                try Self.measure(CUDAWorkload.small[0], machine)
            }
        }
    }

    @Test func `Workloads have names of their own, and bytes and operations by their definition`()
        throws
    {
        for list in [CUDAWorkload.all, CUDAWorkload.small] {
            #expect(Set(list.map(\.identifier)).count == list.count)
        }
        let decode = try #require(CUDAWorkload.all.first)
        #expect(decode.identifier == "decode-8x32k.bfloat16.bfloat16.16.automatic")
        #expect(decode.bytes == Double(2 * 8 * 32_768 * 8 * 128 * 2))
        #expect(decode.operations == Double(4 * 8 * 32_768 * 32 * 128))
        let latent = try #require(CUDAWorkload.all.first { $0.call.layout == .latent })
        #expect(latent.bytes == Double(8 * 4096 * 576 * 2))
        #expect(latent.operations == Double(2 * 8 * 4096 * 128 * (576 + 512)))
    }
}
