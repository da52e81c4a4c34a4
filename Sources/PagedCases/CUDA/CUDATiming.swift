internal import PagedAttention
package import PagedCUDA
internal import PagedKernels

/// Times of calls on a device, beside what copying its memory takes.
package struct CUDATiming {
    /// One workload.
    package struct Row: Encodable {
        /// Which workload, `CUDAWorkload.identifier`.
        package let identifier: String
        /// What served.
        package let kernel: String
        package let family: String
        /// Calls that follow each other in a round, and over how many copies of the cache they go.
        package let calls: Int
        package let layers: Int
        /// Seconds of a call in a captured graph, one value for each round; none without graphs.
        package let graphSeconds: [Double]
        /// Seconds of a call where each is launched, one value for each round.
        package let launchSeconds: [Double]
        /// By how much the last tokens' outputs differ from those of the kernels that every GPU can run,
        /// as a share of their norm; nil where these were measured.
        package let difference: Double?

        /// The middle round, of graphs where there are any.
        package var median: Double {
            let seconds = graphSeconds.isEmpty ? launchSeconds : graphSeconds
            return seconds.sorted()[seconds.count / 2]
        }
    }

    /// Bytes that a copy reads and writes in a second, one value for each round.
    package private(set) var copyBytesPerSecond: [Double] = []
    private let stream: CUDAStream
    private let library: KernelLibrary
    private let rounds: Int

    /// Bytes that are gone through before any is read again: more than caches hold.
    private let coldBytes: Int

    /// So long a workload keeps the device busy before it is measured: idle ones have slow clocks.
    private let warmUpSeconds: Double

    /// So long a round takes at the least, and all of a workload's at the most, in seconds.
    private static let (shortestRound, longest) = (0.002, 2.5)

    /// Measures copies.
    package init(
        on stream: CUDAStream,
        _ library: KernelLibrary,
        rounds: Int,
        coldBytes: Int = 1 << 29,
        warmUpSeconds: Double = 0.05
    ) throws {
        (self.stream, self.library) = (stream, library)
        (self.rounds, self.coldBytes) = (max(rounds, 1), coldBytes)
        self.warmUpSeconds = warmUpSeconds
        let source = try DeviceBuffer(stream.device, byteCount: coldBytes)
        let target = try DeviceBuffer(stream.device, byteCount: coldBytes)
        try source.fill(0x3c, on: stream)
        try target.copy(from: source, on: stream)
        for _ in 0..<self.rounds {
            let seconds = try stream.seconds(4) { () throws(CUDAError) in
                try target.copy(from: source, on: stream)
            }
            copyBytesPerSecond.append(Double(2 * coldBytes) / seconds)
        }
    }

    /// Measures a workload.
    ///
    /// - Returns: nil for one of kernels on trial, if others would be chosen.
    package func measure(_ workload: CUDAWorkload) throws -> Row? {
        let attention = try attention(workload)
        if workload.selection == .trials, try !isTried(workload.call, attention) { return nil }
        let layers = try DeviceLayers(workload.call, attention, on: stream, coldBytes: coldBytes)
        // Compiles, loads, and takes the workspace.
        guard let choice = try attention.launch(layers.calls[0], on: stream) else { return nil }
        let difference = try difference(workload, layers)
        let (calls, rounds) = try warmUp(layers, attention)
        let launches = try (0..<rounds).map { _ in
            try stream.seconds { () throws(CUDAError) in
                try enqueue(calls, layers, attention)
            } / Double(calls)
        }
        return Row(
            identifier: workload.identifier,
            kernel: choice.kernel.name,
            family: choice.family.name,
            calls: calls,
            layers: layers.calls.count,
            graphSeconds: try graphSeconds(calls, rounds, layers, attention),
            launchSeconds: launches,
            difference: difference
        )
    }

    private func attention(
        _ workload: CUDAWorkload,
        _ selection: CUDAWorkload.Selection? = nil
    ) throws -> CUDAAttention {
        let c = workload.call
        return try CUDAAttention(
            attributes: c.attributes,
            activationType: c.activation,
            cacheType: c.cacheTensor,
            selection: (selection ?? workload.selection).families,
            library: library
        )
    }

    /// Whether a kernel on trial is chosen: that depends on the new tokens alone.
    private func isTried(_ c: AttentionCase, _ attention: CUDAAttention) throws -> Bool {
        let short = c.with { short in
            short.lengths = c.lengths.map { .init(past: min($0.past, 16), new: $0.new) }
        }
        let layers = try DeviceLayers(short, attention, on: stream, coldBytes: 0)
        let choice = try attention.launch(layers.calls[0], on: stream)
        try stream.synchronise()
        return choice?.kernel.isOnTrial == true
    }

    /// How far the output of the last call is from the one of the portable kernels, where there is code for these.
    private func difference(_ workload: CUDAWorkload, _ layers: DeviceLayers) throws -> Double? {
        guard workload.selection != .portable else { return nil }
        let measured = try layers.lastOutputs()
        do {
            try attention(workload, .portable).launch(layers.calls[0], on: stream)
        } catch let error as CUDAError where error.kind == .noCode {
            return nil
        }
        let expected = try layers.lastOutputs()
        let norm = expected.reduce(0) { $0 + $1 * $1 }
        let error = zip(measured, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (error / norm).squareRoot()
    }

    /// All layers once or more; then how many calls a round has, whole turns of all layers, and how many rounds
    /// there are.
    private func warmUp(
        _ layers: DeviceLayers,
        _ attention: CUDAAttention
    ) throws -> (calls: Int, rounds: Int) {
        let count = layers.calls.count
        try enqueue(count, layers, attention)
        var (turn, busy) = (0.0, 0.0)
        repeat {
            turn = try stream.seconds { () throws(CUDAError) in
                try enqueue(count, layers, attention)
            }
            busy += turn
        } while busy < warmUpSeconds
        let turns = min((Self.shortestRound / turn).rounded(.up), max(1, Double(1024 / count)))
        let affordable = Int(Self.longest / (2 * turn * turns))
        return (count * Int(max(turns, 1)), min(rounds, max(affordable, 5)))
    }

    private func enqueue(
        _ calls: Int,
        _ layers: DeviceLayers,
        _ attention: CUDAAttention
    ) throws(CUDAError) {
        for index in 0..<calls {
            try attention.launch(layers.calls[index % layers.calls.count], on: stream)
        }
    }

    private func graphSeconds(
        _ calls: Int,
        _ rounds: Int,
        _ layers: DeviceLayers,
        _ attention: CUDAAttention
    ) throws -> [Double] {
        guard CUDAGraph.isAvailable(on: stream.device) else { return [] }
        let graph = try CUDAGraph(of: stream) { () throws(CUDAError) in
            try enqueue(calls, layers, attention)
        }
        try graph.launch(on: stream)
        return try (0..<rounds).map { _ in
            try stream.seconds { () throws(CUDAError) in try graph.launch(on: stream) }
                / Double(calls)
        }
    }
}
