import PagedAttention
import PagedKernels

/// What memory and arithmetic of the machine allow on some threads at once.
final class MachineLimits {
    private let probes: [MachineProbe]
    private let pool: ThreadPool

    /// One probe for each thread of the pool, with the instructions of a set.
    init(_ pool: ThreadPool, _ instructionSet: InstructionSet) {
        self.pool = pool
        probes = (0..<pool.threadCount).map { _ in MachineProbe(instructionSet) }
    }

    deinit {
        for probe in probes { probe.deallocate() }
    }

    /// Seconds for reading so many bytes, each thread its share.
    func seconds(bytes: Double) -> Double {
        slowest { $0.seconds(bytes: bytes / Double(probes.count)) }
    }

    /// Seconds for so many floating point operations in float32, or on pairs of bfloat16 where there
    /// are such, each thread its share.
    func seconds(operations: Double, inPairs: Bool) -> Double {
        let share = operations / Double(probes.count)
        return slowest { $0.seconds(operations: share, inPairs: inPairs) }
    }

    private func slowest(_ measure: (MachineProbe) -> Double) -> Double {
        var times = Array(repeating: 0.0, count: probes.count)
        times.withUnsafeMutableBufferPointer { times in
            // Each thread writes its own place.
            nonisolated(unsafe) let places = times
            pool.run(count: probes.count) { places[$0] = measure(probes[$0]) }
        }
        return times.max() ?? 0
    }
}
