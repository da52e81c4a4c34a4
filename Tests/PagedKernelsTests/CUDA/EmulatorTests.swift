import CPagedCUDA
import CPagedCUDAEmulator
import Testing

/// The emulated multiprocessor itself: what would be undefined or hang on a GPU is a message.
@Suite struct EmulatorTests {
    @Test(arguments: [
        ("paged_torn_warp", "thread 16 is at another collective than its warp"),
        ("paged_left_warp", "31 of 32 threads wait for ever, first thread 0"),
    ])
    func `Lanes that do not come together are seen`(_ kernel: String, _ words: String) {
        var call = paged_cuda_call()
        var launch = paged_cuda_launch()
        (launch.grid_x, launch.grid_y, launch.grid_z, launch.threads) = (1, 1, 1, 32)
        let message = paged_emulator_launch(kernel, launch, &call, nil, 0)
        #expect(message.map { String(cString: $0) } == "\(kernel), block (0, 0, 0): \(words)")
    }
}
