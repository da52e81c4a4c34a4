/// Finds the place where a text stops being JSON (RFC 8259).
///
/// Foundation's decoder on Linux only says that something is wrong. This one runs after it has, to
/// say where; it is as strict, takes linear time and stops at `depthLimit` nested values.
struct JSONSyntax {
    /// Where the text breaks off and what was expected there.
    struct Problem: Error, Equatable {
        var offset: Int
        var expected: String
    }

    /// Foundation's limit too.
    static let depthLimit = 512

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The first problem in a text; nil when there is none.
    static func problem(in bytes: [UInt8]) -> Problem? {
        var syntax = JSONSyntax(bytes)
        do throws(Problem) {
            try syntax.value(depth: 0)
            syntax.skipSpace()
            if syntax.position < bytes.count { throw syntax.expected("the end") }
            return nil
        } catch {
            return error
        }
    }

    /// Line and column of an offset, both from 1; columns count bytes.
    static func place(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        return (before.count { $0 == 0x0a } + 1, offset - lineStart + 1)
    }

    private func expected(_ what: String) -> Problem {
        Problem(offset: position, expected: what)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            position += 1
        }
    }

    /// Steps over `byte` and the space before it, if it comes next.
    private mutating func skip(_ byte: Character) -> Bool {
        skipSpace()
        guard next == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Problem) {
        guard depth < Self.depthLimit else { throw expected("less nesting") }
        if skip("{") {
            try members(until: "}") { (syntax) throws(Problem) in
                guard syntax.skip("\"") else { throw syntax.expected("a string as key") }
                try syntax.string()
                guard syntax.skip(":") else { throw syntax.expected("':'") }
                try syntax.value(depth: depth + 1)
            }
        } else if skip("[") {
            try members(until: "]") { (syntax) throws(Problem) in
                try syntax.value(depth: depth + 1)
            }
        } else if skip("\"") {
            try string()
        } else {
            try word()
        }
    }

    private mutating func members(
        until close: Character,
        _ member: (inout JSONSyntax) throws(Problem) -> Void
    ) throws(Problem) {
        if skip(close) { return }
        repeat { try member(&self) } while skip(",")
        guard skip(close) else { throw expected("',' or '\(close)'") }
    }

    private mutating func string() throws(Problem) {
        while let byte = next {
            if byte < 0x20 { throw expected("no control character in a string") }
            if byte == 0x5c { try escape() } else { position += 1 }
            if byte == 0x22 { return }
        }
        position = bytes.count
        throw expected("'\"' at the end of a string")
    }

    private mutating func escape() throws(Problem) {
        guard let first = unit(at: position), UTF16.isSurrogate(first) else {
            position += 2
            return
        }
        guard UTF16.isLeadSurrogate(first), let second = unit(at: position + 6),
            UTF16.isTrailSurrogate(second)
        else { throw expected("both halves of a surrogate pair") }
        position += 12
    }

    /// The UTF-16 unit of `\uXXXX`.
    private func unit(at offset: Int) -> UInt16? {
        guard offset + 6 <= bytes.count, bytes[offset] == 0x5c, bytes[offset + 1] == 0x75
        else { return nil }
        let digits = String(decoding: bytes[(offset + 2)..<(offset + 6)], as: UTF8.self)
        return UInt16(digits, radix: 16)
    }

    /// Numbers and the three words, which Foundation has judged by their content already.
    private mutating func word() throws(Problem) {
        let start = position
        while let byte = next, Self.isWord(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard ["true", "false", "null"].contains(text) || Double(text) != nil else {
            position = start
            throw expected("a value")
        }
        if let number = Double(text), number.isInfinite {
            position = start
            throw expected("a number that is not out of range")
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7a, 0x2b, 0x2d, 0x2e, 0x45: true
        default: false
        }
    }
}
