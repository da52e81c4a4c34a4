/// A lexical element of a template.
struct TemplateToken: Equatable {
    enum Kind: Equatable {
        /// Text between tags, whitespace control already applied.
        case text(GuardedText)
        case blockBegin
        case blockEnd
        case variableBegin
        case variableEnd
        case name(String)
        case string(GuardedText)
        case integer(Int)
        case number(Double)
        case symbol(String)
        case end
    }

    var kind: Kind
    var line: Int
}

extension TemplateToken: CustomStringConvertible {
    var description: String {
        switch kind {
        case .text: "text"
        case .blockBegin: "{%"
        case .blockEnd: "%}"
        case .variableBegin: "{{"
        case .variableEnd: "}}"
        case .name(let name): name
        case .string(let text): "'\(text.string)'"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .symbol(let symbol): symbol
        case .end: "the end of the template"
        }
    }
}
