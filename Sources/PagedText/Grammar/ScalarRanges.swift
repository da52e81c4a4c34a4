/// A set of Unicode scalars: ranges in order, with something between each two.
struct ScalarRanges: Hashable, Sendable {
    /// All scalars; surrogates, which are none, do no harm.
    static let all = ScalarRanges([0...0x10FFFF])

    let ranges: [ClosedRange<UInt32>]

    init(_ ranges: [ClosedRange<UInt32>]) {
        self.ranges = ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) {
            if let last = $0.last, $1.lowerBound <= last.upperBound + 1 {
                $0[$0.count - 1] = last.lowerBound...max(last.upperBound, $1.upperBound)
            } else {
                $0.append($1)
            }
        }
    }

    init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

    /// The only scalar; nil if there are others, or none.
    var single: UInt32? {
        ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil
    }

    func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } }

    func union(_ other: ScalarRanges) -> ScalarRanges { ScalarRanges(ranges + other.ranges) }

    var complement: ScalarRanges {
        var rest: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if next < range.lowerBound { rest.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { rest.append(next...0x10FFFF) }
        return ScalarRanges(rest)
    }
}

// MARK: - UTF-8

extension ScalarRanges {
    /// The UTF-8 of all members beyond ASCII: what the first byte may be, the second, ...
    var byteSequences: [[ClosedRange<UInt8>]] {
        let blocks: [ClosedRange<UInt32>] = [
            0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF,
        ]
        return ranges.flatMap { range in
            blocks.filter(range.overlaps).flatMap { block in
                let part = range.clamped(to: block)
                return Self.sequences(Self.utf8(part.lowerBound), Self.utf8(part.upperBound))
            }
        }
    }

    private static func utf8(_ value: UInt32) -> ArraySlice<UInt8> {
        Unicode.Scalar(value).map { Array(String($0).utf8)[...] } ?? []
    }

    /// All between two that are equally long.
    private static func sequences(
        _ least: ArraySlice<UInt8>,
        _ greatest: ArraySlice<UInt8>
    ) -> [[ClosedRange<UInt8>]] {
        guard var low = least.first, var high = greatest.first else { return [[]] }
        let (lowRest, highRest) = (least.dropFirst(), greatest.dropFirst())
        if low == high { return sequences(lowRest, highRest).map { [low...low] + $0 } }
        var (before, after): ([[ClosedRange<UInt8>]], [[ClosedRange<UInt8>]]) = ([], [])
        if lowRest.contains(where: { $0 != 0x80 }) {
            let end = ArraySlice(repeating: UInt8(0xBF), count: lowRest.count)
            before = sequences(lowRest, end).map { [low...low] + $0 }
            low += 1
        }
        if highRest.contains(where: { $0 != 0xBF }) {
            let start = ArraySlice(repeating: UInt8(0x80), count: highRest.count)
            after = sequences(start, highRest).map { [high...high] + $0 }
            high -= 1
        }
        guard low <= high else { return before + after }
        return before + [[low...high] + Array(repeating: 0x80...0xBF, count: lowRest.count)] + after
    }
}
