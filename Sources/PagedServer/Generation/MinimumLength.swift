import PagedSampling

/// Keeps an output from ending before it has so many tokens.
struct MinimumLength: TokenConstraint {
    private var missing: Int
    private let stopTokens: Set<Int32>

    init(_ count: Int, stopTokens: Set<Int32>) {
        missing = count
        self.stopTokens = stopTokens
    }

    func allows(_ token: Int32) -> Bool { missing == 0 || !stopTokens.contains(token) }

    mutating func append(_ token: Int32) { missing = max(0, missing - 1) }
}
