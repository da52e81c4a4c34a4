/// The parts of a `tokenizer.json`, checked: what is not covered is refused by name.
struct TokenizerFile {
    var model: BytePairModel
    var normalizer: Normalizer
    var preTokenizer: PreTokenizer
    var decoder: TokenDecoder
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
        let parts = Self.flattened(document["pre_tokenizer"], "pretokenizers")
        let isByteLevel = parts.last.map(Self.kind) == "ByteLevel"
        self.model = try BytePairModel(model, isByteLevel: isByteLevel, adding: addedTokens)
        normalizer = try Self.normalizer(document["normalizer"])
        preTokenizer = try Self.preTokenizer(parts)
        decoder = try Self.decoder(document["decoder"])
        for part in Self.flattened(document["post_processor"], "processors") {
            try addPostProcessor(part)
        }
    }

    static func kind(_ json: JSONValue) -> String {
        json["type"]?.string ?? "an unnamed part"
    }

    /// The parts of a `Sequence`, whose list has the name `list`, and of those inside it.
    static func flattened(_ json: JSONValue?, _ list: StaticString) -> [JSONValue] {
        guard let json else { return [] }
        guard kind(json) == "Sequence" else { return [json] }
        return (json[list]?.array ?? []).flatMap { flattened($0, list) }
    }

    /// The `pattern` of a part: `{"String": ...}` or `{"Regex": ...}`.
    static func pattern(_ json: JSONValue) throws(TokenizerError) -> TextPattern {
        let pattern = json["pattern"]
        if let expression = pattern?["Regex"]?.string { return .regex(try regex(expression)) }
        guard let text = pattern?["String"]?.string ?? pattern?.string, !text.isEmpty else {
            throw .malformed("\(kind(json)) without a pattern")
        }
        return .literal(GuardedText(text).units)
    }

    static func regex(_ pattern: String) throws(TokenizerError) -> PieceRegex {
        do {
            return try PieceRegex(pattern)
        } catch {
            throw .notCovered("\(error.reason) in the regular expression \(pattern)")
        }
    }

    /// The scalar of a part's member that holds exactly one.
    static func scalar(
        _ json: JSONValue,
        _ name: StaticString
    ) throws(TokenizerError) -> Unicode.Scalar {
        guard let scalars = json[name]?.string?.unicodeScalars, let scalar = scalars.first,
            scalars.dropFirst().isEmpty
        else { throw .malformed("\(kind(json)) with a \(name) that is not one character") }
        return scalar
    }
}

// MARK: - Normalizer

extension TokenizerFile {
    private static func normalizer(_ json: JSONValue?) throws(TokenizerError) -> Normalizer {
        var stages: [Normalizer.Stage] = []
        for part in flattened(json, "normalizers") {
            switch kind(part) {
            case "NFC": stages.append(.composed)
            case "Prepend":
                stages.append(.prepend(GuardedText(part["prepend"]?.string ?? "").units))
            case "Replace":
                let text = GuardedText(part["content"]?.string ?? "").units
                stages.append(.replace(try pattern(part), by: text))
            case let other: throw .notCovered("normalizer \(other)")
            }
        }
        return Normalizer(stages: stages)
    }
}

// MARK: - Post-processor

extension TokenizerFile {
    private mutating func addPostProcessor(_ json: JSONValue) throws(TokenizerError) {
        switch Self.kind(json) {
        case "ByteLevel": break  // only trims offsets
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
                let ids = json["special_tokens"]?.member(name)?["ids"]?.array
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
    init(_ file: TokenizerFile) {
        model = file.model
        normalizer = file.normalizer
        preTokenizer = file.preTokenizer
        decoder = file.decoder
        var normalized: [AddedToken] = []
        var texts: [Int32: String] = [:]
        for var token in file.addedTokens where token.isNormalized {
            let text = file.normalizer.apply(to: GuardedText(token.text).units)
            let isChanged = !text.elementsEqual(GuardedText(token.text).units)
            token.text = GuardedText(units: text).string
            if isChanged { texts[token.number] = token.text }
            normalized.append(token)
        }
        verbatimTokens = AddedTokenFinder(file.addedTokens.filter { !$0.isNormalized })
        normalizedTokens = AddedTokenFinder(normalized)
        normalizedTexts = texts
        specialTokens = Set(file.addedTokens.filter(\.isSpecial).map(\.number))
        prefix = file.prefix
        suffix = file.suffix
    }
}
