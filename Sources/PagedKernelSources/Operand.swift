internal import CPagedVector

/// How keys and values enter the products with queries and weights.
protocol Operand {
    /// Channels in a vector of a query or key.
    static var channels: Int { get }
    /// Keys in a vector of values: the keys that one step of a weighted sum adds.
    static var keysPerStep: Int { get }
    /// Whether elements of the cache may be infinite or NaN.
    static var mayBeInfinite: Bool { get }
    /// Whether queries, weights and sums are integers too.
    static var isInteger: Bool { get }
    /// What an element as it is loaded stands for, in units of its code's value.
    static var unit: Float { get }
    /// The memory of `count` channels of the cache.
    static func bytes(_ count: Int) -> Int
    static func load(_ address: UnsafeRawPointer) -> Vector
    /// The first `count` channels of a vector, fewer than it has; zero beyond.
    static func loadPart(_ address: UnsafeRawPointer, count: Int) -> Vector
    /// `sum` plus the products of each lane of `a` and `b`.
    static func add(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector
}

extension Operand {
    /// Vectors that hold so many channels of a query or key.
    @inline(__always) static func vectors(_ count: Int) -> Int {
        (count &+ channels &- 1) / channels
    }

    /// The memory of the weights of so many keys.
    @inline(__always) static func weightBytes(_ keys: Int) -> Int { keys &* 4 / keysPerStep }

    /// Two sums in one.
    @inline(__always) static func plus(_ a: Vector, _ b: Vector) -> Vector {
        isInteger ? pv_plus_integers(a, b) : a + b
    }

    /// Stores a vector of a tile's weighted sums: what the row had is in it, but for integers, which are
    /// brought to the row's unit and added.
    @inline(__always)
    static func store(_ sum: Vector, _ factor: Float, _ place: UnsafeMutableRawPointer) {
        if isInteger {
            pv_store(place, multiplyAdd(pv_from_integers(sum), splat(factor), pv_load(place)))
        } else {
            pv_store(place, sum)
        }
    }

    /// The sums of the first `lanes` vectors of the tile, that of vector `quarters * n + q` in lane
    /// `4 * q + n`. Every vector is summed in the same tree of additions.
    @inline(__always) static func sums(_ a: borrowing Tile) -> Vector {
        switch lanes {
        case 16:
            sumsOfQuarters(
                quarterSums(a[0], a[1], a[2], a[3]),
                quarterSums(a[4], a[5], a[6], a[7]),
                quarterSums(a[8], a[9], a[10], a[11]),
                quarterSums(a[12], a[13], a[14], a[15])
            )
        case 8:
            sumsOfQuarters(
                quarterSums(a[0], a[1], a[0], a[0]),
                quarterSums(a[2], a[3], a[2], a[2]),
                quarterSums(a[4], a[5], a[4], a[4]),
                quarterSums(a[6], a[7], a[6], a[6])
            )
        default: sumsOfQuarters(a[0], a[1], a[2], a[3])
        }
    }

    /// The first round of the tree.
    @inline(__always)
    private static func quarterSums(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> Vector {
        isInteger ? pv_integer_quarter_sums(a, b, c, d) : pv_quarter_sums(a, b, c, d)
    }

    /// The second round, in float32.
    @inline(__always)
    static func sumsOfQuarters(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> Vector {
        isInteger ? pv_integer_sums_of_quarters(a, b, c, d) : pv_sums_of_quarters(a, b, c, d)
    }

    /// A vector from an address that holds `count` channels, or more than it needs.
    @inline(__always)
    static func loadOrPart(_ address: UnsafeRawPointer, count: Int) -> Vector {
        count >= channels ? load(address) : loadPart(address, count: count)
    }
}

/// Elements widened to float32: one product for each lane.
enum Widened<Format: ElementFormat>: Operand {
    @inline(__always) static var channels: Int { lanes }
    @inline(__always) static var keysPerStep: Int { 1 }
    @inline(__always) static var mayBeInfinite: Bool { Format.mayBeInfinite }
    @inline(__always) static var isInteger: Bool { false }
    @inline(__always) static var unit: Float { 1 }
    @inline(__always) static func bytes(_ count: Int) -> Int { Format.bytes(count) }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { Format.load(a) }
    @inline(__always) static func loadPart(_ a: UnsafeRawPointer, count: Int) -> Vector {
        Format.loadHalf(a)
    }
    @inline(__always) static func add(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
        multiplyAdd(a, b, sum)
    }
}

/// bfloat16 as it is, two products for each lane; only where the instruction set has them.
enum Paired: Operand {
    @inline(__always) static var channels: Int { 2 &* lanes }
    @inline(__always) static var keysPerStep: Int { 2 }
    @inline(__always) static var mayBeInfinite: Bool { true }
    @inline(__always) static var isInteger: Bool { false }
    @inline(__always) static var unit: Float { 1 }
    @inline(__always) static func bytes(_ count: Int) -> Int { 2 &* count }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { pv_load(a) }
    @inline(__always) static func loadPart(_ a: UnsafeRawPointer, count: Int) -> Vector {
        pv_load_pairs_part(a, count)
    }
    @inline(__always) static func add(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
        pv_add_pairs(a, b, sum)
    }
}

/// Codes as 16-bit integers, two products for each lane, exact sums.
enum Integers<Format: IntegerFormat>: Operand {
    @inline(__always) static var channels: Int { 2 &* lanes }
    @inline(__always) static var keysPerStep: Int { 2 }
    @inline(__always) static var mayBeInfinite: Bool { false }
    @inline(__always) static var isInteger: Bool { true }
    @inline(__always) static var unit: Float { Format.unit }
    @inline(__always) static func bytes(_ count: Int) -> Int { Format.bytes(count) }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { Format.loadIntegers(a) }
    @inline(__always) static func loadPart(_ a: UnsafeRawPointer, count: Int) -> Vector {
        Format.loadIntegers(a, count: count)
    }
    @inline(__always) static func add(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
        pv_add_integers(a, b, sum)
    }
}

/// How many rows a micro-kernel takes.
protocol RowCount {
    static var rows: Int { get }
}

enum OneRow: RowCount {
    @inline(__always) static var rows: Int { 1 }
}

enum TwoRows: RowCount {
    @inline(__always) static var rows: Int { 2 }
}

enum FourRows: RowCount {
    @inline(__always) static var rows: Int { 4 }
}

enum EightRows: RowCount {
    @inline(__always) static var rows: Int { 8 }
}
