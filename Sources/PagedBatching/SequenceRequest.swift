/// Names a sequence; chosen by whoever submits it, never used twice.
package struct SequenceIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// The number behind the name.
    package var rawValue: UInt64

    /// The identifier with this number.
    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// For messages.
    package var description: String { "#\(rawValue)" }
}

/// A prompt to be continued.
package struct SequenceRequest: Equatable, Sendable {
    /// The name under which plans and events speak of it.
    package var identifier: SequenceIdentifier
    /// The prompt, not empty.
    package var tokens: [Int32]
    /// The sequence ends with this many new tokens at the latest; with 0 when its prompt is computed.
    package var maximumNewTokens: Int
    /// Whether the logits of every prompt token are wanted, not of the last alone.
    package var scoresPrompt: Bool
    /// Sequences share cached blocks only with those of the same salt.
    package var cacheSalt: [UInt8]

    /// A request.
    package init(
        identifier: SequenceIdentifier,
        tokens: [Int32],
        maximumNewTokens: Int,
        scoresPrompt: Bool = false,
        cacheSalt: [UInt8] = []
    ) {
        self.identifier = identifier
        self.tokens = tokens
        self.maximumNewTokens = maximumNewTokens
        self.scoresPrompt = scoresPrompt
        self.cacheSalt = cacheSalt
    }
}

/// Why a sequence was not taken.
package enum AdmissionRefusal: Error, Equatable, Sendable {
    /// So many wait already; another time it may be taken.
    case queueFull(waiting: Int)
    /// Prompt and output need more tokens than a sequence may have.
    case tooLong(needed: Int, limit: Int)
    /// Prompt and output need more blocks than the cache has, even alone.
    case neverFits(neededBlocks: Int, blockCount: Int)
}
