internal import PagedAttention
package import PagedCUDA

/// Times of calls on a device, beside what copying its memory takes.
package struct CUDATiming: Encodable {
    /// One call with one kernel.
    package struct Row: Encodable {
        package let workload: String
        package let kernel: String
        package let activationType: String
        package let cacheType: String
        /// Seconds of a call, one value for each round.
        package let seconds: [Double]
        /// What is read of the cache, and floating point operations.
        package let bytes: Double
        package let operations: Double
        /// What reading so many bytes would take at the speed of copies.
        package let copySeconds: Double

        /// The middle round.
        package var median: Double { seconds.sorted()[seconds.count / 2] }
    }

    /// Bytes that a copy reads and writes in a second, one value for each round.
    package private(set) var copyBytesPerSecond: [Double] = []
    package private(set) var rows: [Row] = []
    private let rounds: Int

    /// Bytes that are gone through before any is read again: more than caches hold.
    private let coldBytes: Int

    /// Measures copies.
    package init(on stream: CUDAStream, rounds: Int, coldBytes: Int = 1 << 30) throws {
        (self.rounds, self.coldBytes) = (max(rounds, 1), coldBytes)
        let source = try DeviceBuffer(stream.device, byteCount: coldBytes / 2)
        let target = try DeviceBuffer(stream.device, byteCount: coldBytes / 2)
        try source.fill(0x3c, on: stream)
        try target.copy(from: source, on: stream)
        for _ in 0..<self.rounds {
            let seconds = try stream.seconds(4) { () throws(CUDAError) in
                try target.copy(from: source, on: stream)
            }
            copyBytesPerSecond.append(Double(coldBytes) / seconds)
        }
    }

    /// Measures a case.
    ///
    /// - Parameter kernel: the only one that may attend.
    /// - Returns: the row that was added.
    @discardableResult
    package mutating func measure(
        _ workload: String,
        _ c: AttentionCase,
        kernel: CUDAKernel,
        on stream: CUDAStream,
        _ library: KernelLibrary
    ) throws -> Row {
        let attention = try CUDAAttention(
            attributes: c.attributes,
            activationType: c.activation,
            cacheType: c.cacheTensor,
            kernel: kernel,
            library: library
        )
        let layers = try DeviceLayers(c, attention, on: stream, coldBytes: coldBytes)
        // Compiles, loads, and takes the workspace.
        for call in layers.calls.prefix(2) { try attention.launch(call, on: stream) }
        try stream.synchronise()
        var turn = 0
        let count = max(layers.calls.count, 10)
        let seconds = try (0..<rounds).map { _ in
            try stream.seconds(count) { () throws(CUDAError) in
                try attention.launch(layers.calls[turn % layers.calls.count], on: stream)
                turn += 1
            }
        }
        let places = c.lengths.reduce(0) { $0 + $1.past + $1.new }
        let bytes = Double(2 * places * c.keyValueHeads * c.headSize * c.cache.bitCount) / 8
        let pairs = c.lengths.reduce(0.0) { sum, length in
            sum + Double(length.new) * (Double(length.past) + Double(length.new + 1) / 2)
        }
        let row = Row(
            workload: workload,
            kernel: kernel.name,
            activationType: c.activation.name,
            cacheType: c.cache.name,
            seconds: seconds,
            bytes: bytes,
            operations: 4 * pairs * Double(c.heads * c.headSize),
            copySeconds: bytes / (copyBytesPerSecond.max() ?? 1)
        )
        rows.append(row)
        return row
    }
}
