/// The parts of a `tokenizer.json`, checked: what is not covered is refused by name.
struct TokenizerFile {
    var model: BytePairModel
    var normalizesToFormC: Bool
    var stages: [PreTokenizer.Stage]
    var addedTokens: [AddedToken]
    var prefix: [Int32] = []
    var suffix: [Int32] = []

    init(_ document: JSONValue) throws(TokenizerError) {
        guard let model = document["model"] else { throw .malformed("no model") }
        var addedTokens: [AddedToken] = []
        for json in document["added_tokens"]?.array ?? [] {
            addedTokens.append(try AddedToken(json))
        }
        self.addedTokens = addedTokens
        self.model = try BytePairModel(model, adding: addedTokens)
        normalizesToFormC = try Self.normalizer(document["normalizer"])
        stages = try Self.preTokenizer(document["pre_tokenizer"])
        if let processor = document["post_processor"] { try addPostProcessor(processor) }
        try Self.checkDecoder(document["decoder"])
    }

    private static func kind(_ json: JSONValue) -> String {
        json["type"]?.string ?? "an unnamed part"
    }

    private static func normalizer(_ json: JSONValue?) throws(TokenizerError) -> Bool {
        guard let json else { return false }
        switch kind(json) {
        case "NFC": return true
        case "Sequence":
            var isFormC = false
            for part in json["normalizers"]?.array ?? [] where try normalizer(part) {
                isFormC = true
            }
            return isFormC
        case let other: throw .notCovered("normalizer \(other)")
        }
    }

    private static func checkDecoder(_ json: JSONValue?) throws(TokenizerError) {
        guard let json else { throw .notCovered("decoding without ByteLevel") }
        let parts = kind(json) == "Sequence" ? json["decoders"]?.array ?? [] : [json]
        for part in parts where kind(part) != "ByteLevel" {
            throw .notCovered("decoder \(kind(part))")
        }
        guard parts.count == 1 else { throw .notCovered("\(parts.count) decoders in a Sequence") }
    }
}

// MARK: - Pre-tokenizer

extension TokenizerFile {
    private static func preTokenizer(
        _ json: JSONValue?
    ) throws(TokenizerError) -> [PreTokenizer.Stage] {
        guard let json else { throw .notCovered("encoding without a ByteLevel pre-tokenizer") }
        let parts = flattened(json)
        for part in parts.dropLast() where kind(part) == "ByteLevel" {
            throw .notCovered("a pre-tokenizer after ByteLevel")
        }
        guard let last = parts.last, kind(last) == "ByteLevel" else {
            throw .notCovered("a pre-tokenizer without ByteLevel at its end")
        }
        var stages: [PreTokenizer.Stage] = []
        for part in parts { stages += try Self.stages(part) }
        return stages
    }

    private static func flattened(_ json: JSONValue) -> [JSONValue] {
        guard kind(json) == "Sequence" else { return [json] }
        return (json["pretokenizers"]?.array ?? []).flatMap(flattened)
    }

    private static func stages(_ json: JSONValue) throws(TokenizerError) -> [PreTokenizer.Stage] {
        switch kind(json) {
        case "Digits":
            return [.digits(individually: json["individual_digits"]?.boolean ?? false)]
        case "ByteLevel":
            let prefix: [PreTokenizer.Stage] =
                json["add_prefix_space"]?.boolean ?? true ? [.prefixSpace] : []
            guard json["use_regex"]?.boolean ?? true else { return prefix }
            return prefix + [.split(try regex(PreTokenizer.byteLevelPattern), keepsGaps: true)]
        case "Split":
            return [try split(json)]
        case let other: throw .notCovered("pre-tokenizer \(other)")
        }
    }

    private static func split(_ json: JSONValue) throws(TokenizerError) -> PreTokenizer.Stage {
        guard let pattern = json["pattern"]?["Regex"]?.string else {
            throw .notCovered("pre-tokenizer Split with a pattern that is no Regex")
        }
        let behavior = json["behavior"]?.string ?? ""
        switch (behavior, json["invert"]?.boolean ?? false) {
        case ("Isolated", _): return .split(try regex(pattern), keepsGaps: true)
        case ("Removed", true): return .split(try regex(pattern), keepsGaps: false)
        case (_, let invert):
            throw .notCovered("pre-tokenizer Split with behavior \(behavior), invert \(invert)")
        }
    }

    private static func regex(_ pattern: String) throws(TokenizerError) -> PieceRegex {
        do {
            return try PieceRegex(pattern)
        } catch {
            throw .notCovered("\(error.reason) in the regular expression \(pattern)")
        }
    }
}

// MARK: - Post-processor

extension TokenizerFile {
    private mutating func addPostProcessor(_ json: JSONValue) throws(TokenizerError) {
        switch Self.kind(json) {
        case "ByteLevel": break  // only trims offsets
        case "Sequence":
            for part in json["processors"]?.array ?? [] { try addPostProcessor(part) }
        case "TemplateProcessing": try addTemplate(json)
        case let other: throw .notCovered("post-processor \(other)")
        }
    }

    private mutating func addTemplate(_ json: JSONValue) throws(TokenizerError) {
        var before: [Int32] = []
        var after: [Int32] = []
        var sequences = 0
        for item in json["single"]?.array ?? [] {
            if item["Sequence"] != nil {
                sequences += 1
                continue
            }
            guard let name = item["SpecialToken"]?["id"]?.string,
                let members = json["special_tokens"]?.members,
                let entry = members.last(where: { $0.name.utf8.elementsEqual(name.utf8) }),
                let ids = entry.value["ids"]?.array
            else { throw .malformed("a TemplateProcessing item without its token") }
            for id in ids {
                guard let number = id.integer.flatMap(Int32.init(exactly:)), number >= 0 else {
                    throw .malformed("the ids of \(name) in TemplateProcessing")
                }
                if sequences == 0 { before.append(number) } else { after.append(number) }
            }
        }
        guard sequences == 1 else {
            throw .notCovered("TemplateProcessing with \(sequences) sequences in single")
        }
        prefix = before + prefix
        suffix += after
    }
}

extension Tokenizer {
    init(_ file: TokenizerFile) throws(TokenizerError) {
        model = file.model
        normalizesToFormC = file.normalizesToFormC
        preTokenizer = PreTokenizer(stages: file.stages)
        verbatimTokens = AddedTokenFinder(file.addedTokens.filter { !$0.isNormalized })
        normalizedTokens = AddedTokenFinder(
            file.addedTokens.filter(\.isNormalized).map { token in
                guard file.normalizesToFormC else { return token }
                var token = token
                token.text =
                    GuardedText(
                        units: CanonicalComposition.apply(to: GuardedText(token.text).units)
                    ).string
                return token
            }
        )
        specialTokens = Set(file.addedTokens.filter(\.isSpecial).map(\.number))
        prefix = file.prefix
        suffix = file.suffix
    }
}
