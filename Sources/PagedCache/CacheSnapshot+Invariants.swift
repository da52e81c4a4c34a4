/// What must hold after every event.
extension CacheSnapshot {
    /// Every broken invariant as a line of text; empty when all is well.
    ///
    /// - Parameter hasher: the one that made the digests.
    package func violations(hasher: PrefixHasher = PrefixHasher()) -> [String] {
        let inPool =
            listViolations() + referenceViolations() + indexViolations(hasher) + orderViolations()
        return inPool + tables.indices.flatMap { tableViolations($0, hasher) }
    }

    /// live + cached + free = all, and a block is in the free list exactly when nobody holds it.
    private func listViolations() -> [String] {
        var found: [String] = []
        var listed = Array(repeating: 0, count: blocks.count)
        for block in freeList {
            listed[Int(block)] += 1
        }
        for (number, block) in blocks.enumerated() {
            let expected = block.references == 0 ? 1 : 0
            guard listed[number] != expected else { continue }
            found.append(
                "block \(number) is in the free list \(listed[number]) times, not \(expected)"
            )
        }
        if freeList.count != availableCount {
            found.append("\(availableCount) blocks are counted available, \(freeList.count) listed")
        }
        let cached = blocks.count { $0.references == 0 && $0.prefix != nil }
        if cached != cachedCount {
            found.append("\(cachedCount) blocks are counted cached, \(cached) are")
        }
        return found
    }

    /// A block's reference count is the number of tables that contain it, each once.
    private func referenceViolations() -> [String] {
        var found: [String] = []
        var held = Array(repeating: 0, count: blocks.count)
        for (number, table) in tables.enumerated() {
            for block in table.blocks {
                guard blocks.indices.contains(Int(block)) else {
                    found.append("table \(number) names block \(block) of \(blocks.count)")
                    continue
                }
                held[Int(block)] += 1
            }
            if Set(table.blocks).count != table.blocks.count {
                found.append("table \(number) names a block twice: \(table.blocks)")
            }
        }
        for (number, block) in blocks.enumerated() where block.references != held[number] {
            found.append(
                "block \(number) has \(block.references) references, \(held[number]) tables hold it"
            )
        }
        return found
    }

    /// An indexed block is full, follows an indexed block, and its digest is that of its tokens.
    private func indexViolations(_ hasher: PrefixHasher) -> [String] {
        var found: [String] = []
        var hasher = hasher
        for (number, block) in blocks.enumerated() {
            guard let prefix = block.prefix else { continue }
            if prefix.tokens.count != blockSize {
                found.append("indexed block \(number) holds \(prefix.tokens.count) tokens")
            }
            guard prefix.parent != BlockPool.none else { continue }
            guard let parent = blocks[Int(prefix.parent)].prefix else {
                found.append("indexed block \(number) follows block \(prefix.parent), which is not")
                continue
            }
            if prefix.digest != hasher.digest(of: prefix.tokens[...], after: parent.digest) {
                found.append("block \(number) does not match its digest")
            }
        }
        let indexed = blocks.count { $0.prefix != nil }
        if indexed != indexCount || Set(blocks.compactMap(\.prefix?.digest)).count != indexed {
            found.append("\(indexed) blocks are indexed under \(indexCount) digests")
        }
        return found
    }

    /// A cached block comes before the one it follows, so a prefix is evicted from its end.
    private func orderViolations() -> [String] {
        var places = Array(repeating: Int.max, count: blocks.count)
        for (place, block) in freeList.enumerated() {
            places[Int(block)] = place
        }
        var found: [String] = []
        for (number, block) in blocks.enumerated() {
            guard let parent = block.prefix?.parent, parent != BlockPool.none else { continue }
            if places[Int(parent)] < places[number] {
                found.append("block \(number) would outlive block \(parent), which it follows")
            }
        }
        return found
    }

    /// A table has room for exactly its tokens; its indexed blocks say what they hold and are not
    /// written again; what will be written has one owner.
    private func tableViolations(_ number: Int, _ hasher: PrefixHasher) -> [String] {
        let table = tables[number]
        var found: [String] = []
        let computed = table.computedTokens.count
        let needed = (computed + table.reservedCount + blockSize - 1) / blockSize
        if table.blocks.count != needed {
            found.append("table \(number) has \(table.blocks.count) blocks and needs \(needed)")
        }
        var hasher = hasher
        var digest = hasher.root(salt: table.salt)
        var isChained = true
        for (place, block) in table.blocks.enumerated() where blocks.indices.contains(Int(block)) {
            let end = (place + 1) * blockSize
            guard end <= computed else {
                found += writableViolations(block, in: number)
                continue
            }
            let content = table.computedTokens[end - blockSize..<end]
            digest = hasher.digest(of: content, after: digest)
            guard let prefix = blocks[Int(block)].prefix else {
                isChained = false
                continue
            }
            let parent = place == 0 ? BlockPool.none : table.blocks[place - 1]
            if prefix.tokens[...] != content || prefix.digest != digest || prefix.parent != parent {
                found.append("table \(number) expects something else in block \(block)")
            } else if !isChained {
                found.append("table \(number) has indexed block \(block) after one that is not")
            }
        }
        return found
    }

    private func writableViolations(_ block: BlockIndex, in table: Int) -> [String] {
        let record = blocks[Int(block)]
        guard record.references != 1 || record.prefix != nil else { return [] }
        return [
            "table \(table) writes block \(block), which has \(record.references) references"
                + (record.prefix == nil ? "" : " and is indexed")
        ]
    }
}
