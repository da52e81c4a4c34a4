/// What one step computes, and what changed in order to plan it.
package struct StepPlan: Equatable, Sendable {
    /// One sequence's part: `tokenCount` tokens from `firstPosition` on.
    package struct Row: Equatable, Sendable {
        /// Whose tokens.
        package var sequence: SequenceIdentifier
        /// Position of the first of them in the sequence, which is also how many the cache holds.
        package var firstPosition: Int
        /// How many, at least 1.
        package var tokenCount: Int
        /// How many tokens are scored: their logits tell how likely the next token of the prompt is.
        /// They are the last ones but the one that needs an outcome, where one does.
        package var scoredCount: Int
        /// Whether the last token's logits lead to a new one: it is the last that the sequence has.
        package var needsOutcome: Bool
        /// Where the scheduler keeps the sequence.
        var place: Int

        /// How many of the last tokens need logits.
        package var logitsCount: Int { scoredCount + (needsOutcome ? 1 : 0) }
    }

    /// A sequence that left the queue for the first time.
    package struct Admission: Equatable, Sendable {
        /// Which one.
        package var sequence: SequenceIdentifier
        /// How many of its prompt tokens the prefix cache already holds.
        package var cachedTokens: Int
    }

    /// The sequences of the step in order of arrival.
    package var rows: [Row] = []
    /// The sequences whose first rows these are. Admission stands even if the step is cancelled.
    package var admissions: [Admission] = []
    /// Sequences put back in the queue because older ones needed their blocks.
    package var preempted: [SequenceIdentifier] = []
    /// Tokens of all rows.
    package var tokenCount = 0
    /// How many outcomes `commit` takes.
    package var outcomeCount = 0

    mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        admissions.removeAll(keepingCapacity: true)
        preempted.removeAll(keepingCapacity: true)
        tokenCount = 0
        outcomeCount = 0
    }

    mutating func append(_ row: Row) {
        rows.append(row)
        tokenCount += row.tokenCount
        outcomeCount += row.needsOutcome ? 1 : 0
    }
}

/// What a row's logits led to.
package struct RowOutcome: Equatable, Sendable {
    /// The sampled token.
    package var token: Int32
    /// Whether the sequence ends with it.
    package var isLast: Bool

    /// An outcome.
    package init(token: Int32, isLast: Bool = false) {
        self.token = token
        self.isLast = isLast
    }
}
