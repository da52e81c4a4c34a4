import Foundation
import PagedAttention
import PagedKernels

/// Measures workloads: our kernel, the machine's limits and peers, which take turns in each round.
struct KernelBenchmark {
    let heads: KernelWorkload.Heads
    let blockSize: Int
    let rounds: Int
    let pool: ThreadPool
    let limits: MachineLimits
    let instructionSet: InstructionSet
    let peers: [KernelPeer]

    /// Bytes of caches that everybody goes through, so that they come from memory.
    private static let coldBytes = 384 << 20
    /// A turn calls until about so many seconds are measured, but not too often.
    private static let turnSeconds = 0.01
    private static let maximumCalls = 9
    /// Before each turn, so that the threads of the one before it have gone to sleep; OpenMP's look for
    /// work for 0.2 s.
    private static let pauseSeconds = 0.25

    private enum Turn {
        case memory
        case arithmetic
        case ours
        case peer(Int)
    }

    /// Measures one workload with one type of cache.
    func row(
        _ workload: KernelWorkload,
        activation: ElementType,
        cache: ElementType
    ) throws -> KernelRow {
        var job = KernelPeer.Job(
            workload: workload,
            heads: heads,
            cache: cache.name,
            blockSize: blockSize
        )
        let call = try KernelCall(
            workload,
            heads,
            activation: activation,
            cache: cache,
            blockSize: blockSize,
            coldBytes: Self.coldBytes,
            instructionSet: instructionSet
        )
        _ = try call.run(pool)
        let seconds = try call.run(pool)
        var row = KernelRow(
            workload: workload,
            cache: cache.name,
            kernel: call.kernel?.name ?? "none",
            multipliesPairs: call.kernel?.multipliesPairs ?? false,
            bytes: workload.cacheBytes(heads, bitsPerElement: cache.bitCount),
            operations: workload.operations(heads),
            contenders: [KernelRow.Contender(name: "paged")]
        )
        // The first job is not counted: peers prepare in it.
        for peer in peers {
            var contender = KernelRow.Contender(name: peer.introduction.name)
            record(peer.run(job), of: &contender)
            contender.seconds = []
            row.contenders.append(contender)
        }
        job.calls = min(max(Int(Self.turnSeconds / seconds), 1), Self.maximumCalls)
        for _ in 0..<rounds {
            try measureRound(call, job, &row)
        }
        return row
    }

    /// Everybody's turn once, in an order that changes from round to round.
    private func measureRound(
        _ call: KernelCall,
        _ job: KernelPeer.Job,
        _ row: inout KernelRow
    ) throws {
        var turns: [Turn] = [.memory, .arithmetic, .ours]
        for index in peers.indices where row.contenders[index + 1].unsupported == nil {
            turns.append(.peer(index))
        }
        var pressure = ProcessorPressure()
        for turn in turns.shuffled() {
            Thread.sleep(forTimeInterval: Self.pauseSeconds)
            try pressure.count {
                switch turn {
                case .memory:
                    row.memorySeconds.append(limits.seconds(bytes: row.bytes))
                case .arithmetic:
                    let seconds = limits.seconds(
                        operations: row.operations,
                        inPairs: row.multipliesPairs
                    )
                    row.arithmeticSeconds.append(seconds)
                case .ours:
                    row.contenders[0].seconds.append(try call.median(of: job.calls, pool))
                case .peer(let index):
                    record(peers[index].run(job), of: &row.contenders[index + 1])
                }
            }
        }
        row.waitingShares.append(pressure.share)
    }

    private func record(_ outcome: KernelPeer.Outcome, of contender: inout KernelRow.Contender) {
        switch outcome {
        case .seconds(let seconds):
            contender.seconds.append(seconds)
        case .unsupported(let reason):
            // Times of some rounds only would not stand beside the others'.
            contender.seconds = []
            contender.unsupported = reason
        }
    }
}

extension KernelCall {
    /// The median seconds of so many calls after one that does not count, which finds the kernel's
    /// own instructions and threads asleep.
    fileprivate func median(of calls: Int, _ executor: some ParallelExecutor) throws -> Double {
        _ = try run(executor)
        return try (0..<calls).map { _ in try run(executor) }.median ?? 0
    }
}
