internal import CPagedCUDA

/// A key and a value cache as boxes that the device copies by itself: what kernels for SM90 get besides the call.
///
/// Safe to share: nothing is written after it is made.
final class TensorMaps: @unchecked Sendable {
    /// No boxes: threads copy.
    static let none = TensorMaps()

    /// Aligned as the driver wants it.
    let maps: UnsafeMutablePointer<paged_cuda_tensor_maps>

    private init() {
        maps =
            UnsafeMutableRawPointer
            .allocate(byteCount: MemoryLayout<paged_cuda_tensor_maps>.size, alignment: 64)
            .bindMemory(to: paged_cuda_tensor_maps.self, capacity: 1)
        maps.initialize(to: paged_cuda_tensor_maps())
    }

    /// Those of a call's caches for a kernel of a size. Where the driver cannot encode them, or will not, there are no boxes.
    convenience init(_ call: inout paged_cuda_call, size: Int32, _ encode: paged_cuda_encode?) {
        self.init()
        if let encode { paged_cuda_hopper_maps(&call, size, encode, maps) }
    }

    deinit { maps.deallocate() }
}
