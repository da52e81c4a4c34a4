// Foundation's form C takes a scalar above U+FFFF for the one of its lower 16 bits: U+20053 U+0323 becomes U+1E62.
@_spi(_Unicode) internal import Swift

/// Unicode normalisation form C, as the `NFC` normaliser of `tokenizer.json`.
enum CanonicalComposition {
    /// Returns the text in form C.
    ///
    /// Scalars below U+0300 neither combine nor decompose, so text without others is returned as it
    /// is. Otherwise the text is cut before every ASCII scalar, which never combines with what
    /// precedes it, and each part is normalised alone; a part that changes is guarded wholly if any
    /// of it was.
    static func apply(to units: [UInt32]) -> [UInt32] {
        guard units.contains(where: { $0.unguarded >= 0x300 }) else { return units }
        var result: [UInt32] = []
        result.reserveCapacity(units.count)
        var start = 0
        while start < units.count {
            var end = start + 1
            while end < units.count, units[end].unguarded >= 0x80 { end += 1 }
            append(units[start..<end], to: &result)
            start = end
        }
        return result
    }

    private static func append(_ part: ArraySlice<UInt32>, to result: inout [UInt32]) {
        guard part.contains(where: { $0.unguarded >= 0x300 }) else {
            result.append(contentsOf: part)
            return
        }
        let scalars = Array(GuardedText(units: part).string._nfc)
        if scalars.count == part.count, zip(scalars, part).allSatisfy({ $0.value == $1.unguarded })
        {
            result.append(contentsOf: part)
        } else {
            let mark = part.contains(where: \.isGuarded) ? GuardedText.guardBit : 0
            result.append(contentsOf: scalars.map { $0.value | mark })
        }
    }
}
