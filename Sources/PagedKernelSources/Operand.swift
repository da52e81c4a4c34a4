internal import CPagedVector

/// How keys and values enter the products with queries and weights.
protocol Operand {
    /// Channels in a vector of a query or key.
    static var channels: Int { get }
    /// Keys in a vector of values: the keys that one step of a weighted sum adds.
    static var keysPerStep: Int { get }
    /// Whether elements of the cache may be infinite or NaN.
    static var mayBeInfinite: Bool { get }
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
    @inline(__always) static func bytes(_ count: Int) -> Int { 2 &* count }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { pv_load(a) }
    @inline(__always) static func loadPart(_ a: UnsafeRawPointer, count: Int) -> Vector {
        pv_load_pairs_part(a, count)
    }
    @inline(__always) static func add(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
        pv_add_pairs(a, b, sum)
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
