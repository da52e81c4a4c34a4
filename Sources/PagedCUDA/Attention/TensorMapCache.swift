internal import CPagedCUDA
internal import Synchronization

/// The maps of the caches that a node has last been called with, so that steps encode nothing.
///
/// They say where a cache is and what shape it has, and so are right for whatever lies there later.
final class TensorMapCache: Sendable {
    /// A node has one pair of caches; a host may give it those of several sessions in turn.
    private static let limit = 8

    private struct Caches: Equatable {
        let keys, values: UInt
        let headSize, headCount, blockCount, blockShift: Int32

        init(_ call: paged_cuda_call) {
            keys = UInt(bitPattern: call.key_cache)
            values = UInt(bitPattern: call.value_cache)
            (headSize, headCount) = (call.head_size, call.key_value_head_count)
            (blockCount, blockShift) = (call.block_count, call.block_shift)
        }
    }

    /// The newest last.
    private let kept = Mutex<[(caches: Caches, maps: TensorMaps)]>([])

    /// The maps of a call for a kernel of a size, which the head size decides.
    ///
    /// - Complexity: O(1); allocates nothing for caches that it knows.
    func maps(
        _ call: inout paged_cuda_call,
        size: Int32,
        on device: CUDADevice
    ) throws(CUDAError) -> TensorMaps {
        let caches = Caches(call)
        if let known = kept.withLock({ $0.first { $0.caches == caches }?.maps }) { return known }
        let maps = try device.perform { functions throws(CUDAError) in
            TensorMaps(&call, size: size, functions.encodeTensorMap)
        }
        kept.withLock { kept in
            if kept.count == Self.limit { kept.removeFirst() }
            kept.append((caches, maps))
        }
        return maps
    }
}
