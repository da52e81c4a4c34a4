/// A peer of `paged bench kernels`: somebody else's attention.
///
/// It answers a job with `{"seconds": s}`, the median of `calls` calls after one that does not
/// count, each on another copy of its cache, or with `{"unsupported": "why"}`. In the first job of
/// a workload it prepares and checks itself.
final class KernelPeer {
    /// What to compute, and how often.
    struct Job: Encodable {
        let workload: KernelWorkload
        let heads: KernelWorkload.Heads
        let cache: String
        let blockSize: Int
        var calls = 1
    }

    private struct Answer: Decodable {
        var seconds: Double?
        var unsupported: String?
    }

    /// A workload's outcome when it has no time.
    enum Outcome {
        case seconds(Double)
        case unsupported(String)
    }

    let introduction: BenchPeer.Introduction
    private let command: String
    /// Nothing after the peer ended, until the next job starts it again.
    private var peer: BenchPeer?

    /// Starts the peer, which must work on as many threads as we.
    init(command: String, threads: Int) throws {
        let peer = try BenchPeer(command: command)
        if let itsThreads = peer.introduction.threads, itsThreads != threads {
            throw BenchPeer.Failure(
                description: "the peer `\(command)` works on \(itsThreads) threads, not on "
                    + "\(threads); give it the number that --threads has"
            )
        }
        self.command = command
        self.peer = peer
        introduction = peer.introduction
    }

    /// Does a job. That the peer ends in it is an outcome: other workloads may suit it.
    func run(_ job: Job) -> Outcome {
        do {
            let peer = try peer ?? BenchPeer(command: command)
            self.peer = peer
            let answer = try peer.answer(job, as: Answer.self)
            if let seconds = answer.seconds { return .seconds(seconds) }
            return .unsupported(answer.unsupported ?? "it says neither seconds nor unsupported")
        } catch {
            peer = nil
            return .unsupported("\(error)")
        }
    }
}
