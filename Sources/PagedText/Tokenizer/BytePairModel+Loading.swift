extension BytePairModel {
    /// Reads the `model` of a `tokenizer.json` and adds the added tokens to its vocabulary.
    init(_ json: JSONValue, adding addedTokens: [AddedToken]) throws(TokenizerError) {
        try Self.checkFeatures(json)
        guard let entries = json["vocab"]?.members else { throw .malformed("no vocabulary") }
        var vocabulary = Vocabulary()
        for entry in entries {
            guard let number = entry.value.integer else {
                throw .malformed("token \(entry.name) without a number")
            }
            try vocabulary.insert(entry.name, number)
        }
        merges = try Self.merges(json["merges"]?.array ?? [], vocabulary)
        byteTokens = ByteAlphabet.scalars.map { scalar in
            vocabulary.number(of: GuardedText(units: [scalar]).string.utf8) ?? -1
        }
        if json["unk_token"] != nil, byteTokens.contains(-1) {
            throw .notCovered("unk_token with a vocabulary that lacks bytes")
        }
        for token in addedTokens { try vocabulary.insert(token.text, Int(token.number)) }
        self.vocabulary = vocabulary
        ignoresMerges = json["ignore_merges"]?.boolean ?? false
    }

    private static func checkFeatures(_ json: JSONValue) throws(TokenizerError) {
        let kind = json["type"]?.string ?? "BPE"
        guard kind == "BPE" else { throw .notCovered("model \(kind)") }
        if json["byte_fallback"]?.boolean == true { throw .notCovered("byte_fallback") }
        if json["dropout"] != nil { throw .notCovered("dropout") }
        for name: StaticString in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let value = json[name]?.string, !value.isEmpty { throw .notCovered("\(name)") }
        }
    }

    /// Merges are written "a b" or ["a", "b"]; both parts and the result must be in the vocabulary.
    private static func merges(
        _ entries: [JSONValue],
        _ vocabulary: Vocabulary
    ) throws(TokenizerError) -> MergeTable {
        var table = MergeTable(capacity: entries.count)
        for (rank, entry) in entries.enumerated() {
            guard let (left, right) = parts(entry) else { throw .malformed("merge \(rank)") }
            guard let leftToken = vocabulary.number(of: left),
                let rightToken = vocabulary.number(of: right),
                let token = vocabulary.number(of: left + right)
            else { throw .malformed("merge \(rank) is about tokens that the vocabulary lacks") }
            table.insert(leftToken, rightToken, .init(rank: UInt32(rank), token: token))
        }
        return table
    }

    private static func parts(_ entry: JSONValue) -> ([UInt8], [UInt8])? {
        if let pair = entry.array {
            guard pair.count == 2, let left = pair[0].string, let right = pair[1].string else {
                return nil
            }
            return (Array(left.utf8), Array(right.utf8))
        }
        guard let text = entry.string?.utf8, let space = text.firstIndex(of: 0x20) else {
            return nil
        }
        let right = text[text.index(after: space)...]
        return right.contains(0x20) ? nil : (Array(text[..<space]), Array(right))
    }
}
