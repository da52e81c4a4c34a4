internal import PagedCache

/// A sequence on its way from submission to its last token.
///
/// ```
/// tokens:   p p p p p p p p p p g g        p: prompt, g: generated
///           └── computedCount ──┘ └┘ remainingCount: what steps have yet to compute
/// table:    [  7  ][  2  ][  9  ]          places for the computed and the reserved tokens
/// ```
///
/// While the prompt is being computed `remainingCount` is large; afterwards each step computes the one
/// token sampled by the step before. A preempted sequence falls back to `computedCount` 0 and is like
/// one with a longer prompt.
struct ScheduledSequence: Sendable {
    let identifier: SequenceIdentifier
    /// Grows with every submission.
    let arrival: Int
    let promptCount: Int
    let maximumNewTokens: Int
    /// Sequences share cached blocks only with those of the same salt. Where keys depend on the
    /// length, it ends with a byte that says which they are.
    private(set) var salt: [UInt8]
    /// Beyond so many tokens the sequence has to be computed anew; nil when it has been, or never has.
    private(set) var recomputationLength: Int?
    /// Prompt and generated tokens.
    var tokens: [Int32]
    /// Prompt tokens whose logits have been reported: of a prompt that is not scored, all.
    var scoredCount: Int
    /// Tokens whose keys and values are in the cache.
    var computedCount = 0
    /// Tokens that the running step computes.
    var reservedCount = 0
    /// Blocks in order; as many as computed and reserved tokens need.
    var table: [BlockIndex] = []
    /// The leading blocks of `table` that the prefix index knows.
    var indexedCount = 0
    /// Digests of the leading full blocks, as far as they have been asked for.
    var digests: [PrefixDigest] = []
    /// The first block whose digest belongs to other content, from which on nothing is shared.
    var collisionPlace = Int.max
    /// Whether a plan has reported the sequence as admitted.
    var wasAdmitted = false
    /// Whether it ends as soon as the running step has.
    var isAborted = false
    /// Whether the running step failed for it.
    var hasFailed = false
    /// Whether the step being committed brought its last token.
    var hasEnded = false

    init(
        _ request: SequenceRequest,
        arrival: Int,
        blockSize: Int,
        recomputationLength: Int? = nil
    ) {
        identifier = request.identifier
        self.arrival = arrival
        promptCount = request.tokens.count
        maximumNewTokens = request.maximumNewTokens
        let isLong = recomputationLength.map { request.tokens.count > $0 } ?? false
        self.recomputationLength = isLong ? nil : recomputationLength
        salt = request.cacheSalt + (recomputationLength == nil ? [] : [isLong ? 1 : 0])
        tokens = request.tokens
        scoredCount = request.scoresPrompt ? 0 : request.tokens.count
        let longest = promptCount + maximumNewTokens
        tokens.reserveCapacity(longest)
        table.reserveCapacity(longest / blockSize + 1)
        digests.reserveCapacity(longest / blockSize)
    }

    /// What stands in the place of a sequence that is gone.
    static let vacant = ScheduledSequence(
        SequenceRequest(
            identifier: SequenceIdentifier(rawValue: 0),
            tokens: [],
            maximumNewTokens: 0
        ),
        arrival: -1,
        blockSize: 1
    )

    /// Whether the sequence has just become too long for the keys that are in the cache.
    var needsRecomputation: Bool { recomputationLength.map { tokens.count > $0 } ?? false }

    /// Forgets what is known of the cached keys, which the caller has given back.
    mutating func startAnew() {
        recomputationLength = nil
        salt[salt.count - 1] = 1
        computedCount = 0
        indexedCount = 0
        digests.removeAll(keepingCapacity: true)
        collisionPlace = .max
    }

    var remainingCount: Int { tokens.count - computedCount }
    var generatedCount: Int { tokens.count - promptCount }

    /// How many of the first tokens need not be computed once they are in the cache.
    var reusableCount: Int { isToBeScored ? scoredCount : tokens.count - 1 }

    /// Whether logits of the prompt are yet to be reported, apart from the last token's, which lead to a new one.
    var isToBeScored: Bool { scoredCount < promptCount - 1 }

    /// How many of the next `count` tokens are to be scored.
    func scoredCount(ofNext count: Int) -> Int {
        let end = min(computedCount + count, promptCount - 1)
        return max(0, end - max(computedCount, scoredCount))
    }

    /// How many tokens can be computed next when at most `limit` are scored.
    func remainingCount(scoringAtMost limit: Int) -> Int {
        guard scoredCount(ofNext: remainingCount) > limit else { return remainingCount }
        return max(0, scoredCount - computedCount) + limit
    }

    /// The digest of the block at a place, computing those before it when they are missing.
    mutating func digest(
        at place: Int,
        blockSize: Int,
        hasher: inout PrefixHasher
    ) -> PrefixDigest {
        while digests.count <= place {
            let start = digests.count * blockSize
            let parent = digests.last ?? hasher.root(salt: salt)
            digests.append(hasher.digest(of: tokens[start..<start + blockSize], after: parent))
        }
        return digests[place]
    }
}
