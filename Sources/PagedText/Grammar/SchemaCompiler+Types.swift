extension SchemaCompiler {
    mutating func string(_ keywords: inout SchemaKeywords) throws(SchemaError) -> Grammar.Symbol {
        let least = try keywords.takeCount("minLength", atMost: Self.mostCharacters) ?? 0
        let most = try keywords.takeCount("maxLength", atMost: Self.mostCharacters)
        try check(least, most, keywords.place)
        if let expression = try expression(&keywords),
            let string = try string(matching: expression, least, most, keywords.place)
        {
            return string
        }
        guard least > 0 || most != nil else { return rules.string }
        let characters = builder.repetition(rules.character, least, most)
        return builder.rule([JSONRules.quote + characters + JSONRules.quote])
    }

    /// What strings are to match.
    private func expression(_ keywords: inout SchemaKeywords) throws(SchemaError) -> String? {
        let place = keywords.place
        if let format = keywords.take("format") {
            let name = format.string ?? ""
            if let expression = StringFormat.pattern(name) { return expression }
            try leaveOut(
                (place + "format").error(
                    "'\(name.prefix(40))' is not supported; allowed: \(StringFormat.names)."
                )
            )
        }
        guard let pattern = keywords.take("pattern") else { return nil }
        guard let expression = pattern.string else {
            throw (place + "pattern").error("must be a string.")
        }
        return expression
    }

    /// Strings that match an expression, which is to say all that there is to say of lengths; nil if it is left out.
    private mutating func string(
        matching expression: String,
        _ least: Int,
        _ most: Int?,
        _ place: SchemaPlace
    ) throws(SchemaError) -> Grammar.Symbol? {
        let pattern: SearchPattern
        let string: Grammar.Symbol
        do throws(PatternError) {
            pattern = try PatternParser.parse(expression)
            if let known = patterns[expression] {
                string = known
            } else {
                string = try rules.string(matching: pattern, &builder)
            }
        } catch {
            try leaveOut((place + "pattern").error(error.problem))
            return nil
        }
        patterns[expression] = string
        let length = pattern.length
        if length.least < least || most.map({ (length.most ?? .max) > $0 }) ?? false {
            try leaveOut(
                place.error(
                    "'minLength' and 'maxLength' are not supported beside a pattern or format of other lengths."
                )
            )
        }
        return string
    }

    mutating func number(_ keywords: inout SchemaKeywords) -> Grammar.Symbol {
        for format in ["float", "double"] where keywords.has("format", format) {
            _ = keywords.take("format")
        }
        return rules.number
    }

    mutating func integer(_ keywords: inout SchemaKeywords) throws(SchemaError) -> Grammar.Symbol {
        let most = JSONRules.greatestInteger
        let range = -most...most
        var (least, greatest) = (range.lowerBound, range.upperBound)
        if keywords.has("format", "int32") {
            (least, greatest) = (Int(Int32.min), Int(Int32.max))
            _ = keywords.take("format")
        } else if keywords.has("format", "int64") {
            _ = keywords.take("format")
        }
        for (name, step) in [("minimum", 0), ("exclusiveMinimum", 1)] {
            guard let bound = try keywords.takeInteger(name, in: range) else { continue }
            least = max(least, bound + step)
        }
        for (name, step) in [("maximum", 0), ("exclusiveMaximum", 1)] {
            guard let bound = try keywords.takeInteger(name, in: range) else { continue }
            greatest = min(greatest, bound - step)
        }
        if (least, greatest) == (range.lowerBound, range.upperBound) { return rules.integer }
        guard least <= greatest else {
            throw keywords.place.error("asks for at least \(least) and at most \(greatest).")
        }
        return JSONRules.integer(least...greatest, &builder)
    }

    private func check(_ least: Int, _ most: Int?, _ place: SchemaPlace) throws(SchemaError) {
        guard let most, most < least else { return }
        throw place.error("asks for at least \(least) and at most \(most).")
    }

    mutating func array(_ keywords: inout SchemaKeywords) throws(SchemaError) -> Grammar.Symbol {
        let place = keywords.place
        var first: Sequence = []
        for (index, schema) in (try keywords.takeArray("prefixItems") ?? []).enumerated() {
            first.append(try symbol(of: schema, place + "prefixItems" + "\(index)"))
        }
        let least = try keywords.takeCount("minItems", atMost: Self.mostItems) ?? 0
        var most = try keywords.takeCount("maxItems", atMost: Self.mostItems)
        let items = keywords.take("items")
        var item = rules.value
        if items?.boolean == false {
            most = min(most ?? first.count, first.count)
        } else if let items {
            item = try symbol(of: items, place + "items")
        }
        try check(least, most, place)
        let separator = JSONRules.comma + [rules.space]
        // Places that are told apart, from the last to the first; without a bound any number follows.
        let count = most ?? max(least, first.count, 1)
        var rest: Sequence = []
        if most == nil { rest = builder.repetition(builder.rule([separator + [item]]), 0, nil) }
        for index in (0..<count).reversed() {
            let own = index < first.count ? first[index] : item
            rest = (index == 0 ? [own] : separator + [own]) + rest
            if index >= least { rest = [builder.rule([[], rest])] }
        }
        let text = GrammarBuilder.text
        return builder.rule([text("[") + [rules.space] + rest + [rules.space] + text("]")])
    }

    mutating func object(_ keywords: inout SchemaKeywords) throws(SchemaError) -> Grammar.Symbol {
        let place = keywords.place
        let properties = keywords.take("properties")
        guard let members = properties?.members ?? (properties == nil ? [] : nil) else {
            throw (place + "properties").error("must be an object.")
        }
        guard members.count <= Self.mostProperties else {
            try leaveOut(
                (place + "properties").error(
                    "has \(members.count) members; allowed: at most \(Self.mostProperties)."
                )
            )
            return rules.object
        }
        let required = Set((keywords.take("required")?.array ?? []).compactMap(\.string))
        if let missing = required.subtracting(members.map(\.name)).min() {
            try leaveOut(
                (place + "required").error(
                    "'\(missing.prefix(40))' is not among the properties."
                )
            )
        }
        var other: Grammar.Symbol?
        let additional = keywords.take("additionalProperties")
        if let additional, additional.boolean != false {
            other = try symbol(of: additional, place + "additionalProperties")
        } else if additional == nil, properties == nil {
            other = rules.value
        }
        var pairs: [(pair: Sequence, isRequired: Bool)] = []
        for member in members {
            let name = GrammarBuilder.text(JSONValue.string(member.name).compactText)
            let value = try symbol(of: member.value, place + "properties" + member.name)
            pairs.append(
                (name + JSONRules.colon + [rules.space, value], required.contains(member.name))
            )
        }
        let text = GrammarBuilder.text
        return builder.rule([
            text("{") + [rules.space, self.members(pairs, other), rules.space] + text("}")
        ])
    }

    /// Members in order, each of which may be left out unless it is required, then any number of others.
    private mutating func members(
        _ pairs: [(pair: Sequence, isRequired: Bool)],
        _ other: Grammar.Symbol?
    ) -> Grammar.Symbol {
        let separator = JSONRules.comma + [rules.space]
        // What may follow, after no member and after one.
        var first = builder.rule([[]])
        var later = first
        if let other {
            let pair = [rules.string] + JSONRules.colon + [rules.space, other]
            later = builder.rule([builder.repetition(builder.rule([separator + pair]), 0, nil)])
            first = builder.rule([[], pair + [later]])
        }
        for (pair, isRequired) in pairs.reversed() {
            let skipped = isRequired ? [] : [[first], [later]]
            first = builder.rule([pair + [later]] + skipped.prefix(1))
            later = builder.rule([separator + pair + [later]] + skipped.suffix(1))
        }
        return first
    }
}
