/// Finds the calls in a text that ends before they do.
///
/// ```
/// {"name": "find", "arguments": {"x": "a      find, {"x": "a
/// [{"name": "now"}, {"na                      now, {}
/// ```
struct CutCallScanner {
    private let bytes: [UInt8]
    private var position = 0

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// The calls, the last with as much of its arguments as there is; none whose name is not whole. Nil if the text
    /// is no beginning of calls.
    static func calls(in text: String) -> [ToolCall]? {
        var scanner = CutCallScanner(text)
        return scanner.calls()
    }

    private mutating func calls() -> [ToolCall]? {
        skipSpace()
        let isArray = take("[")
        var calls: [ToolCall] = []
        while true {
            skipSpace()
            guard let byte = current else { return calls }
            guard byte == UInt8(ascii: "{") else { return nil }
            let start = position
            guard skipValue() else {
                position = start + 1
                return cutCall().map { calls + $0 }
            }
            guard let whole = ToolCall.calls(in: text(from: start)) else { return nil }
            calls += whole
            skipSpace()
            if current == nil { return calls }
            guard isArray, take(",") else { return nil }
        }
    }

    /// The members of an object without its end.
    private mutating func cutCall() -> [ToolCall]? {
        var name: String?
        var (arguments, isWhole) = ("", false)
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") || current == nil else { return nil }
            let start = position
            guard skipValue() else { break }
            let key = text(from: start)
            skipSpace()
            guard take(":") else { break }
            skipSpace()
            let valueStart = position
            let isWholeValue = skipValue()
            let value = text(from: valueStart)
            if ["\"arguments\"", "\"parameters\""].contains(key), value.hasPrefix("{") {
                (arguments, isWhole) = (value, isWholeValue)
            } else if key == "\"name\"", isWholeValue,
                case .string(let text)? = TemplateValue(json: value.utf8)
            {
                name = text
            }
            skipSpace()
        } while take(",")
        guard current == nil else { return nil }
        return name.map { [ToolCall(name: $0, arguments: arguments, isWhole: isWhole)] } ?? []
    }
}

// MARK: - Bytes

extension CutCallScanner {
    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func text(from start: Int) -> String {
        String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = current, " \n\r\t".utf8.contains(byte) { position += 1 }
    }

    /// Goes behind a value; false if the text ends in it.
    private mutating func skipValue() -> Bool {
        var depth = 0
        repeat {
            guard let byte = current else { return false }
            switch byte {
            case UInt8(ascii: "\""):
                guard skipString() else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default:
                guard depth > 0 else { return skipWord() }
            }
            position += 1
        } while depth > 0
        return true
    }

    private mutating func skipString() -> Bool {
        position += 1
        while let byte = current {
            position = min(position + (byte == UInt8(ascii: "\\") ? 2 : 1), bytes.count)
            if byte == UInt8(ascii: "\"") { return true }
        }
        return false
    }

    private mutating func skipWord() -> Bool {
        while let byte = current, !",]} \n\r\t".utf8.contains(byte) { position += 1 }
        return current != nil
    }
}
