/// Token texts by number and numbers by text, comparing UTF-8 bytes: `String`'s own equality would
/// take texts that differ only in Unicode normalisation for the same.
struct Vocabulary: Sendable {
    /// Larger numbers are taken for damage rather than for a vocabulary.
    static let maximumSize = 1 << 24

    /// Texts by number; nil where there is a gap.
    private(set) var texts: [String?] = []
    /// Open addressing: numbers + 1, 0 is free. At most half full.
    private var slots = [Int32](repeating: 0, count: 16)
    private var count = 0

    /// Registers a text; a text that is already there gets the new number.
    mutating func insert(_ text: String, _ number: Int) throws(TokenizerError) {
        guard (0..<Self.maximumSize).contains(number) else {
            throw .malformed("token \(text) has the number \(number)")
        }
        if number >= texts.count {
            texts.append(contentsOf: repeatElement(nil, count: number + 1 - texts.count))
        }
        texts[number] = text
        if count * 2 >= slots.count { grow() }
        let slot = self.slot(of: text.utf8)
        if slots[slot] == 0 { count += 1 }
        slots[slot] = Int32(number) + 1
    }

    /// The number of a token text in UTF-8.
    func number(of text: some Sequence<UInt8>) -> Int32? {
        let entry = slots[slot(of: text)]
        return entry == 0 ? nil : entry - 1
    }

    private func slot(of text: some Sequence<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
        while slots[slot] != 0 {
            if let known = texts[Int(slots[slot] - 1)], known.utf8.elementsEqual(text) { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private mutating func grow() {
        let entries = slots.filter { $0 != 0 }
        slots = [Int32](repeating: 0, count: slots.count * 4)
        for entry in entries {
            guard let text = texts[Int(entry - 1)] else { continue }
            slots[slot(of: text.utf8)] = entry
        }
    }
}
