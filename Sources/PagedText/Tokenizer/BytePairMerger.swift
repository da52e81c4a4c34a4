/// Applies merges to one piece of text at a time: lowest rank first, leftmost among equals.
///
/// Symbols form a linked list and candidate merges a heap, so a piece of n symbols takes O(n log
/// n).
struct BytePairMerger {
    private struct Symbol {
        var token: Int32
        var previous: Int32
        var next: Int32
        var isAlive: Bool
    }

    private struct Candidate {
        /// Rank, then position: what the heap is ordered by.
        var order: UInt64
        var token: Int32

        var position: Int { Int(order & 0xFFFF_FFFF) }
    }

    private let table: MergeTable
    private var symbols: [Symbol] = []
    private var heap: [Candidate] = []

    init(_ table: MergeTable) { self.table = table }

    /// Starts a new piece.
    mutating func begin() {
        symbols.removeAll(keepingCapacity: true)
        heap.removeAll(keepingCapacity: true)
    }

    /// Adds the next initial symbol of the piece.
    mutating func append(_ token: Int32) {
        let index = Int32(symbols.count)
        if index > 0 { symbols[Int(index) - 1].next = index }
        symbols.append(Symbol(token: token, previous: index - 1, next: -1, isAlive: true))
    }

    /// Merges the piece and appends its tokens.
    mutating func finish(into tokens: inout [Int32]) {
        if symbols.count > 1 {
            for index in 0..<symbols.count - 1 { propose(index, index + 1) }
            while let candidate = pop() { apply(candidate) }
        }
        for symbol in symbols where symbol.isAlive { tokens.append(symbol.token) }
    }

    private mutating func apply(_ candidate: Candidate) {
        let left = candidate.position
        guard symbols[left].isAlive, symbols[left].next >= 0 else { return }
        let right = Int(symbols[left].next)
        // A candidate is stale when its neighbours changed since; `tokenizers` compares only the
        // outcome.
        guard let merge = table.merge(symbols[left].token, symbols[right].token),
            merge.token == candidate.token
        else { return }
        symbols[left].token = merge.token
        symbols[left].next = symbols[right].next
        symbols[right].isAlive = false
        if symbols[right].next >= 0 { symbols[Int(symbols[right].next)].previous = Int32(left) }
        if symbols[left].previous >= 0 { propose(Int(symbols[left].previous), left) }
        if symbols[left].next >= 0 { propose(left, Int(symbols[left].next)) }
    }

    @inline(__always)
    private mutating func propose(_ left: Int, _ right: Int) {
        guard let merge = table.merge(symbols[left].token, symbols[right].token) else { return }
        push(Candidate(order: UInt64(merge.rank) << 32 | UInt64(left), token: merge.token))
    }

    private mutating func push(_ candidate: Candidate) {
        heap.append(candidate)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].order < heap[parent].order else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() -> Candidate? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return top }
        heap[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].order < heap[child].order { child += 1 }
            guard heap[child].order < heap[parent].order else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return top
    }
}
