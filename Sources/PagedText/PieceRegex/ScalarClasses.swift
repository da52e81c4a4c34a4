/// A partition of all scalars into at most 64 classes that the sets of one regular expression
/// cannot tell apart.
///
/// Matching then asks one question per scalar: is its class in the set's 64-bit mask?
struct ScalarClasses: Sendable {
    /// The class of every scalar below 0x20000.
    private var table: [UInt8]
    /// The class of the categories above that; expressions have no ranges there.
    private var categoryClass: [UInt8]

    /// Returns the partition and, for each set, the mask of its classes; nil when 64 classes are
    /// not enough.
    static func partition(_ sets: [ScalarSet]) -> (classes: ScalarClasses, masks: [UInt64])? {
        var classOfSignature: [[UInt64]: UInt8] = [:]
        var masks = [UInt64](repeating: 0, count: sets.count)
        func classify(_ scalar: UInt32, _ category: UInt8) -> UInt8? {
            var signature = [UInt64](repeating: 0, count: (sets.count + 63) / 64)
            for (index, set) in sets.enumerated() where set.contains(scalar, category: category) {
                signature[index / 64] |= 1 << UInt64(index % 64)
            }
            if let known = classOfSignature[signature] { return known }
            guard classOfSignature.count < 64 else { return nil }
            let new = UInt8(classOfSignature.count)
            classOfSignature[signature] = new
            for index in sets.indices where signature[index / 64] >> UInt64(index % 64) & 1 != 0 {
                masks[index] |= 1 << UInt64(new)
            }
            return new
        }
        let edges = edges(of: sets)
        var table: [UInt8] = []
        table.reserveCapacity(GeneralCategory.table.count)
        var previous: (category: UInt8, number: UInt8)?
        for (value, category) in GeneralCategory.table.enumerated() {
            let scalar = UInt32(value)
            if let previous, previous.category == category, !edges.contains(scalar) {
                table.append(previous.number)
                continue
            }
            guard let number = classify(scalar, category) else { return nil }
            table.append(number)
            previous = (category, number)
        }
        var categoryClass: [UInt8] = []
        for category in UInt8(0)..<30 {
            guard let number = classify(0x10FFFF, category) else { return nil }
            categoryClass.append(number)
        }
        return (ScalarClasses(table: table, categoryClass: categoryClass), masks)
    }

    /// Scalars where membership may change although the category does not.
    private static func edges(of sets: [ScalarSet]) -> Set<UInt32> {
        var edges: Set<UInt32> = [0x09, 0x0E, 0x20, 0x21, 0x85, 0x86]
        for set in sets {
            for case .range(let range) in set.members {
                edges.insert(range.lowerBound)
                edges.insert(range.upperBound + 1)
            }
        }
        return edges
    }

    @inline(__always)
    func callAsFunction(_ scalar: UInt32) -> UInt8 {
        if scalar < UInt32(table.count) { return table[Int(scalar)] }
        return categoryClass[Int(GeneralCategory.number(of: scalar))]
    }
}
