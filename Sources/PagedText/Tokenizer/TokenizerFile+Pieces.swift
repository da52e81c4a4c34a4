// How text is cut into pieces, and how tokens become text again.
extension TokenizerFile {
    static func preTokenizer(_ parts: [JSONValue]) throws(TokenizerError) -> PreTokenizer {
        for part in parts.dropLast() where kind(part) == "ByteLevel" {
            throw .notCovered("a pre-tokenizer after ByteLevel")
        }
        var stages: [PreTokenizer.Stage] = []
        for part in parts { stages += try Self.stages(part) }
        return PreTokenizer(stages: stages)
    }

    private static func stages(_ json: JSONValue) throws(TokenizerError) -> [PreTokenizer.Stage] {
        switch kind(json) {
        case "Digits":
            let isIndividual = json["individual_digits"]?.boolean ?? false
            let numbers = TextPattern.regex(try regex(#"\p{N}"#))
            return [.split(numbers, isIndividual ? .isolated : .contiguous, isInverted: false)]
        case "ByteLevel":
            let prefix: [PreTokenizer.Stage] =
                json["add_prefix_space"]?.boolean ?? true ? [.prefix(0x20, isFirstOnly: false)] : []
            guard json["use_regex"]?.boolean ?? true else { return prefix }
            let words = TextPattern.regex(try regex(PreTokenizer.byteLevelPattern))
            return prefix + [.split(words, .isolated, isInverted: false)]
        case "Split": return [try split(json)]
        case "Metaspace": return try metaspace(json)
        case let other: throw .notCovered("pre-tokenizer \(other)")
        }
    }

    private static func split(_ json: JSONValue) throws(TokenizerError) -> PreTokenizer.Stage {
        let name = json["behavior"]?.string ?? ""
        guard let behavior = PieceCollector.Behavior(rawValue: name) else {
            throw .malformed("Split with the behavior \(name)")
        }
        let isInverted = json["invert"]?.boolean ?? false
        return .split(try pattern(json), behavior, isInverted: isInverted)
    }

    private static func metaspace(
        _ json: JSONValue
    ) throws(TokenizerError) -> [PreTokenizer.Stage] {
        let mark = try scalar(json, "replacement").value
        var stages = [PreTokenizer.Stage.spaces(written: mark)]
        let scheme = try prependScheme(json)
        if scheme != "never" { stages.append(.prefix(mark, isFirstOnly: scheme == "first")) }
        if json["split"]?.boolean ?? true {
            stages.append(.split(.literal([mark]), .mergedWithNext, isInverted: false))
        }
        return stages
    }

    /// Older files have `add_prefix_space` instead.
    private static func prependScheme(_ json: JSONValue) throws(TokenizerError) -> String {
        let standard = json["add_prefix_space"]?.boolean == false ? "never" : "always"
        let scheme = json["prepend_scheme"]?.string ?? standard
        guard ["always", "first", "never"].contains(scheme) else {
            throw .malformed("Metaspace with the prepend_scheme \(scheme)")
        }
        return scheme
    }
}

// MARK: - Decoder

extension TokenizerFile {
    static func decoder(_ json: JSONValue?) throws(TokenizerError) -> TokenDecoder {
        let parts = flattened(json, "decoders")
        guard !parts.isEmpty else { throw .notCovered("decoding without a decoder") }
        if parts.count == 1, kind(parts[0]) == "ByteLevel" {
            return TokenDecoder(isByteLevel: true)
        }
        // Each kind works on what those before it made: only this order is covered.
        let order = ["Metaspace", "Replace", "ByteFallback", "Fuse", "Strip"]
        var decoder = TokenDecoder()
        var last = -1
        for part in parts {
            guard let place = order.firstIndex(of: kind(part)) else {
                throw .notCovered(
                    "decoder \(kind(part))" + (parts.count > 1 ? " in a Sequence" : "")
                )
            }
            guard place > last || place == last && kind(part) == "Replace" else {
                throw .notCovered("decoder \(kind(part)) after \(order[last])")
            }
            if kind(part) == "Strip", last != place - 1 {
                throw .notCovered("decoder Strip without Fuse")
            }
            last = place
            try add(part, to: &decoder)
        }
        return decoder
    }

    private static func add(
        _ json: JSONValue,
        to decoder: inout TokenDecoder
    ) throws(TokenizerError) {
        switch kind(json) {
        case "Metaspace":
            let mark = Array(String(try scalar(json, "replacement")).utf8)
            decoder.replacements.append(.init(pattern: mark, text: [0x20]))
            if try prependScheme(json) != "never" { decoder.omittedFromFirst = mark }
        case "Replace":
            guard case .literal(let pattern) = try pattern(json) else {
                throw .notCovered("decoder Replace with a Regex")
            }
            let text = Array((json["content"]?.string ?? "").utf8)
            let bytes = Array(GuardedText(units: pattern).string.utf8)
            decoder.replacements.append(.init(pattern: bytes, text: text))
        case "ByteFallback": decoder.hasByteFallback = true
        case "Strip":
            guard json["stop"]?.integer ?? 0 == 0 else {
                throw .notCovered("decoder Strip at the end of the text")
            }
            let count = json["start"]?.integer ?? 0
            decoder.strippedStart = (try scalar(json, "content"), count)
        default: break  // Fuse: what follows works on the whole text
        }
    }
}
