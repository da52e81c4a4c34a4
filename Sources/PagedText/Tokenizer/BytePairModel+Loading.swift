extension BytePairModel {
    /// Reads the `model` of a `tokenizer.json` and adds the added tokens to its vocabulary.
    init(
        _ json: JSONValue,
        isByteLevel: Bool,
        adding addedTokens: [AddedToken]
    ) throws(TokenizerError) {
        try Self.checkFeatures(json)
        guard let entries = json["vocab"]?.members else { throw .malformed("no vocabulary") }
        var vocabulary = Vocabulary()
        for entry in entries {
            guard let number = entry.value.integer else {
                throw .malformed("token \(entry.name) without a number")
            }
            try vocabulary.insert(entry.name, number)
        }
        let unmergeable = Set(
            addedTokens.filter { $0.isSpecial || vocabulary.number(of: $0.text.utf8) == nil }
                .map(\.number)
        )
        self.vocabulary = vocabulary
        ordinarySize = vocabulary.texts.count
        self.unmergeable = unmergeable
        self.isByteLevel = isByteLevel
        scalarTokens = Self.scalarTokens(vocabulary, except: unmergeable)
        byteTokens = json["byte_fallback"]?.boolean ?? false ? Self.byteTokens(vocabulary) : []
        unknownToken = try Self.unknownToken(json, vocabulary)
        fusesUnknown = json["fuse_unk"]?.boolean ?? false
        ignoresMerges = json["ignore_merges"]?.boolean ?? false
        merges = MergeTable(capacity: 0)
        try addMerges(json["merges"]?.array ?? [])
        for token in addedTokens { try self.vocabulary.insert(token.text, Int(token.number)) }
    }

    private static func checkFeatures(_ json: JSONValue) throws(TokenizerError) {
        let kind = json["type"]?.string ?? "BPE"
        guard kind == "BPE" else { throw .notCovered("model \(kind)") }
        if json["dropout"] != nil { throw .notCovered("dropout") }
        for name: StaticString in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let value = json[name]?.string, !value.isEmpty { throw .notCovered("\(name)") }
        }
    }

    private static func scalarTokens(
        _ vocabulary: Vocabulary,
        except excluded: Set<Int32>
    ) -> ScalarMap {
        var map = ScalarMap()
        for (number, text) in vocabulary.texts.enumerated() {
            guard let scalars = text?.unicodeScalars, let scalar = scalars.first,
                scalars.dropFirst().isEmpty, !excluded.contains(Int32(number))
            else { continue }
            map[scalar.value] = Int32(number)
        }
        return map
    }

    private static func byteTokens(_ vocabulary: Vocabulary) -> [Int32?] {
        (UInt8.min...UInt8.max).map { byte in
            vocabulary.number(of: ByteAlphabet.fallbackText(of: byte).utf8)
        }
    }

    private static func unknownToken(
        _ json: JSONValue,
        _ vocabulary: Vocabulary
    ) throws(TokenizerError) -> Int32? {
        guard let text = json["unk_token"]?.string else { return nil }
        guard let token = vocabulary.number(of: text.utf8) else {
            throw .malformed("unk_token \(text) is not in the vocabulary")
        }
        return token
    }
}

// MARK: - Merges

extension BytePairModel {
    /// Merges are written "a b" or ["a", "b"]; both parts and the result must be in the vocabulary.
    private mutating func addMerges(_ entries: [JSONValue]) throws(TokenizerError) {
        merges = MergeTable(capacity: entries.count)
        let isComplete = byteTokens.count == 256 && !byteTokens.contains(nil)
        var seams = isComplete && !isByteLevel && !ignoresMerges ? Seams() : nil
        let standIns = Set(byteTokens.compactMap(\.self) + [unknownToken].compactMap(\.self))
        for (rank, entry) in entries.enumerated() {
            guard let (left, right) = Self.parts(entry) else { throw .malformed("merge \(rank)") }
            guard let leftToken = vocabulary.number(of: left.utf8),
                let rightToken = vocabulary.number(of: right.utf8),
                let token = vocabulary.number(of: Array(left.utf8) + right.utf8)
            else { throw .malformed("merge \(rank) is about tokens that the vocabulary lacks") }
            // Typed text must not become a special token; in text of the template they are found
            // before anything is merged.
            if unmergeable.contains(token) { continue }
            merges.insert(leftToken, rightToken, .init(rank: UInt32(rank), token: token))
            // The text of these tokens is not the text that they stand for.
            if standIns.contains(leftToken) || standIns.contains(rightToken) { seams = nil }
            seams?.noteMerge(left, right)
        }
        self.seams = seams
    }

    private static func parts(_ entry: JSONValue) -> (String, String)? {
        if let pair = entry.array {
            guard pair.count == 2, let left = pair[0].string, let right = pair[1].string else {
                return nil
            }
            return (left, right)
        }
        guard let text = entry.string, let space = text.utf8.firstIndex(of: 0x20) else {
            return nil
        }
        let right = text[text.utf8.index(after: space)...]
        return right.utf8.contains(0x20) ? nil : (String(text[..<space]), String(right))
    }
}
