/// A token with its logit; the more likely comes first, the lower identifier among equals.
struct Candidate: Comparable, Sendable {
    var logit: Float
    var token: Int32

    static func < (first: Candidate, second: Candidate) -> Bool {
        first.logit > second.logit
            || (first.logit == second.logit && first.token < second.token)
    }
}

/// A binary heap of candidates: gives them out best first, and costs only for those asked for.
struct CandidateHeap: Sendable {
    private var candidates: [Candidate] = []

    init() {}

    /// Those not given out yet, in no order.
    var remaining: [Candidate] { candidates }

    mutating func removeAll() {
        candidates.removeAll(keepingCapacity: true)
    }

    /// Adds a candidate; `order` has to be called before the next `removeFirst`.
    mutating func append(_ candidate: Candidate) {
        candidates.append(candidate)
    }

    /// Makes a heap of what was appended. O(n).
    mutating func order() {
        for place in stride(from: candidates.count / 2 - 1, through: 0, by: -1) {
            sink(from: place)
        }
    }

    /// The best of those left. O(log n).
    mutating func removeFirst() -> Candidate? {
        guard let first = candidates.first else { return nil }
        let last = candidates.removeLast()
        if !candidates.isEmpty {
            candidates[0] = last
            sink(from: 0)
        }
        return first
    }

    private mutating func sink(from start: Int) {
        var place = start
        while 2 * place + 1 < candidates.count {
            var child = 2 * place + 1
            if child + 1 < candidates.count, candidates[child + 1] < candidates[child] {
                child += 1
            }
            guard candidates[child] < candidates[place] else { return }
            candidates.swapAt(place, child)
            place = child
        }
    }
}
