internal import CPagedVector
internal import PagedAttention

/// Memory of one head on its way from the input to the cache or the query tile, all float32.
struct HeadRow {
    /// The channels.
    let values: UnsafeMutablePointer<Float>
    /// Cosines and sines of the token's position, each half of the rotary width.
    let cosines: UnsafeMutablePointer<Float>
    let sines: UnsafeMutablePointer<Float>

    /// Room for a head in `memory` of `byteCount(headSize:)` bytes.
    @inline(__always) init(_ memory: UnsafeMutableRawPointer, headSize: Int) {
        values = memory.assumingMemoryBound(to: Float.self)
        cosines = values + headSize
        sines = cosines + headSize
    }

    @inline(__always) static func byteCount(headSize: Int) -> Int { headSize &* 12 }

    /// Reads the angles of a position. Once for each token.
    @inline(__always)
    func loadAngles<Format: ActivationFormat>(
        _ format: Format.Type,
        _ task: UnsafePointer<KernelTask>,
        position: Int
    ) {
        guard let cosine = task.pointee.tensors.cosine, let sine = task.pointee.tensors.sine else {
            return
        }
        let half = task.pointee.rotaryHalf
        let offset = Format.bytes(position &* half)
        convert(format, cosine + offset, Float32Format.self, cosines, count: half)
        convert(format, sine + offset, Float32Format.self, sines, count: half)
    }

    /// Whether heads with such a weight are stored as they are read.
    @inline(__always)
    static func isPlain(_ task: UnsafePointer<KernelTask>, weight: UnsafeRawPointer?) -> Bool {
        weight == nil && task.pointee.tensors.cosine == nil
    }

    /// Reads a head, normalises it if there is a weight and rotates it if the call does.
    ///
    /// Arithmetic is float32; the result of each of the two steps is rounded once to the input's type.
    @inline(__always)
    func prepare<Format: ActivationFormat>(
        _ format: Format.Type,
        _ task: UnsafePointer<KernelTask>,
        _ source: UnsafeRawPointer,
        weight: UnsafeRawPointer?
    ) {
        let size = task.pointee.headSize
        convert(format, source, Float32Format.self, values, count: size)
        if let weight {
            normalise(format, weight, size, task.pointee.epsilon)
        }
        if task.pointee.tensors.cosine != nil {
            rotate(task)
            round(format, size)
        }
    }

    @inline(__always)
    private func normalise<Format: ActivationFormat>(
        _ format: Format.Type,
        _ weight: UnsafeRawPointer,
        _ size: Int,
        _ epsilon: Float
    ) {
        var squares = splat(0)
        var index = 0
        while index &+ lanes <= size {
            let x = pv_load(values + index)
            squares = multiplyAdd(x, x, squares)
            index &+= lanes
        }
        if index < size {
            let x = pv_load_half(values + index)
            squares = multiplyAdd(x, x, squares)
        }
        let factor = splat(1 / (pv_sum(squares) / Float(size) + epsilon).squareRoot())
        index = 0
        while index &+ lanes <= size {
            let scaled = pv_load(values + index) * factor
            let weighted = scaled * Format.load(weight + Format.bytes(index))
            pv_store(values + index, Format.rounded(weighted))
            index &+= lanes
        }
        if index < size {
            let scaled = pv_load_half(values + index) * factor
            let weighted = scaled * Format.loadHalf(weight + Format.bytes(index))
            pv_store_half(values + index, Format.rounded(weighted))
        }
    }

    @inline(__always) private func rotate(_ task: UnsafePointer<KernelTask>) {
        let half = task.pointee.rotaryHalf
        let channels = values + task.pointee.rotaryOffset
        let interleaved = task.pointee.rotaryInterleaved
        let step = interleaved ? 1 : half
        let stride = interleaved ? 2 : 1
        var pair = 0
        while !interleaved, pair &+ lanes <= half {
            let a = pv_load(channels + pair)
            let b = pv_load(channels + half + pair)
            let cosine = pv_load(cosines + pair)
            let sine = pv_load(sines + pair)
            pv_store(channels + pair, a * cosine - b * sine)
            pv_store(channels + half + pair, b * cosine + a * sine)
            pair &+= lanes
        }
        while pair < half {
            let first = channels + pair &* stride
            let a = first[0]
            let b = first[step]
            first[0] = a * cosines[pair] - b * sines[pair]
            first[step] = b * cosines[pair] + a * sines[pair]
            pair &+= 1
        }
    }

    @inline(__always)
    private func round<Format: ActivationFormat>(_ format: Format.Type, _ size: Int) {
        var index = 0
        while index &+ lanes <= size {
            pv_store(values + index, Format.rounded(pv_load(values + index)))
            index &+= lanes
        }
        if index < size {
            pv_store_half(values + index, Format.rounded(pv_load_half(values + index)))
        }
    }
}
