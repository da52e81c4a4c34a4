/// The prefix index: full blocks found again by their content.
///
/// A digest only finds a candidate. What decides is the comparison of the tokens and of the parent
/// *block*, so two prefixes are never confused, whatever their digests. That the parent can be named
/// by its number rests on two facts, both checked by ``CacheSnapshot/violations()``: tables contain
/// only one block per content (`insert` names the one to use), and `shrink` frees tails first; hence
/// no block is evicted before those that follow it.
extension BlockPool {
    /// What `insert` did.
    package enum Insertion: Equatable, Sendable {
        /// The block is now the one that holds this content.
        case inserted
        /// This other block already holds the same content after the same parent.
        case duplicate(of: BlockIndex)
        /// Different content has the same digest; the block stays private.
        case collision
    }

    /// The block that holds these tokens after `parent`, live or cached; nil when there is none.
    ///
    /// - Complexity: O(`blockSize`).
    package func find(
        _ digest: PrefixDigest,
        tokens: ArraySlice<Int32>,
        after parent: BlockIndex
    ) -> BlockIndex? {
        guard let block = index[digest], matches(block, tokens, parent) else { return nil }
        return block
    }

    /// Makes a full block findable.
    ///
    /// - Precondition: the block is live and not yet in the index; `parent` is, or is `none`.
    /// - Complexity: O(`blockSize`).
    package mutating func insert(
        _ block: BlockIndex,
        digest: PrefixDigest,
        tokens content: ArraySlice<Int32>,
        after parent: BlockIndex
    ) -> Insertion {
        if let existing = index[digest] {
            return matches(existing, content, parent) ? .duplicate(of: existing) : .collision
        }
        let number = Int(block)
        precondition(blocks[number].references > 0 && !blocks[number].isIndexed, "block \(block)")
        precondition(content.count == blockSize, "\(content.count) tokens of \(blockSize)")
        index[digest] = block
        blocks[number].isIndexed = true
        blocks[number].parent = parent
        digests[number] = digest
        tokens.replaceSubrange(places(of: number), with: content)
        return .inserted
    }

    private func matches(
        _ block: BlockIndex,
        _ content: ArraySlice<Int32>,
        _ parent: BlockIndex
    ) -> Bool {
        let number = Int(block)
        return blocks[number].parent == parent && tokens[places(of: number)] == content
    }

    func places(of number: Int) -> Range<Int> {
        number * blockSize..<(number + 1) * blockSize
    }
}
