internal import CPagedVector
internal import PagedAttention

// Codes of quantised caches. What is loaded is not multiplied by its scale yet, and what is stored is
// divided by it already.

/// A format whose codes are integers, or become integers when doubled.
protocol IntegerFormat: ElementFormat {
    /// What the integer 1 stands for.
    static var unit: Float { get }
    /// Pairs of 16-bit integers in each lane.
    static func loadIntegers(_ address: UnsafeRawPointer) -> Vector
    /// Of which `count` exist, fewer than a vector holds.
    static func loadIntegers(_ address: UnsafeRawPointer, count: Int) -> Vector
}

/// Signed integers, saturating.
enum Int8Format: IntegerFormat {
    @inline(__always) static var bits: Int { 8 }
    @inline(__always) static var mayBeInfinite: Bool { false }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { pv_load_int8(a) }
    @inline(__always) static func loadHalf(_ a: UnsafeRawPointer) -> Vector {
        pv_load_half_int8(a)
    }
    @inline(__always) static func store(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_int8(a, v)
    }
    @inline(__always) static func storeHalf(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_half_int8(a, v)
    }
    @inline(__always) static var unit: Float { 1 }
    @inline(__always) static func loadIntegers(_ a: UnsafeRawPointer) -> Vector {
        pv_whole_int8(a)
    }
    @inline(__always) static func loadIntegers(_ a: UnsafeRawPointer, count: Int) -> Vector {
        pv_whole_part_int8(a, count)
    }
}

/// float8e4m3fn, saturating.
enum Float8Format: ElementFormat {
    @inline(__always) static var bits: Int { 8 }
    @inline(__always) static var mayBeInfinite: Bool { true }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { pv_load_float8(a) }
    @inline(__always) static func loadHalf(_ a: UnsafeRawPointer) -> Vector {
        pv_load_half_float8(a)
    }
    @inline(__always) static func store(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_float8(a, v)
    }
    @inline(__always) static func storeHalf(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_half_float8(a, v)
    }
}

/// Signed integers plus 8, two to a byte, saturating.
enum Int4Format: IntegerFormat {
    @inline(__always) static var bits: Int { 4 }
    @inline(__always) static var mayBeInfinite: Bool { false }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { pv_load_int4(a) }
    @inline(__always) static func loadHalf(_ a: UnsafeRawPointer) -> Vector {
        pv_load_half_int4(a)
    }
    @inline(__always) static func store(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_int4(a, v)
    }
    @inline(__always) static func storeHalf(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_half_int4(a, v)
    }
    @inline(__always) static var unit: Float { 1 }
    @inline(__always) static func loadIntegers(_ a: UnsafeRawPointer) -> Vector {
        pv_whole_int4(a)
    }
    @inline(__always) static func loadIntegers(_ a: UnsafeRawPointer, count: Int) -> Vector {
        pv_whole_part_int4(a, count)
    }
}

/// float4e2m1, two to a byte, saturating.
enum Float4Format: IntegerFormat {
    @inline(__always) static var bits: Int { 4 }
    @inline(__always) static var mayBeInfinite: Bool { false }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { pv_load_float4(a) }
    @inline(__always) static func loadHalf(_ a: UnsafeRawPointer) -> Vector {
        pv_load_half_float4(a)
    }
    @inline(__always) static func store(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_float4(a, v)
    }
    @inline(__always) static func storeHalf(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_half_float4(a, v)
    }
    @inline(__always) static var unit: Float { 0.5 }
    @inline(__always) static func loadIntegers(_ a: UnsafeRawPointer) -> Vector {
        pv_whole_float4(a)
    }
    @inline(__always) static func loadIntegers(_ a: UnsafeRawPointer, count: Int) -> Vector {
        pv_whole_part_float4(a, count)
    }
}

/// The scales of one head of a quantised cache.
struct HeadScale {
    private let base: UnsafePointer<Float>
    private let isPerChannel: Bool

    /// Nil for a cache that holds values.
    @inline(__always) init?(_ scale: KernelScale, head: Int, headSize: Int) {
        guard let first = scale.base else { return nil }
        isPerChannel = scale.isPerChannel
        base = isPerChannel ? first + head &* headSize : first
    }

    /// The scales of the channels from `channel` on, of which `count` exist.
    @inline(__always) func load(_ channel: Int, count: Int) -> Vector {
        guard isPerChannel else { return splat(base[0]) }
        return count >= lanes ? pv_load(base + channel) : pv_load_half(base + channel)
    }

    /// Replaces values by what is stored for them.
    @inline(__always) func divide(_ values: UnsafeMutablePointer<Float>, count: Int) {
        forEachVector(values, count: count) { pv_divide_or_zero($0, $1) }
    }

    /// Moves the scales of keys into a query, or those of values into their sum.
    @inline(__always) func multiply(_ values: UnsafeMutablePointer<Float>, count: Int) {
        forEachVector(values, count: count) { $0 * $1 }
    }

    @inline(__always)
    private func forEachVector(
        _ values: UnsafeMutablePointer<Float>,
        count: Int,
        _ change: (Vector, Vector) -> Vector
    ) {
        var channel = 0
        while channel &+ lanes <= count {
            let scales = load(channel, count: lanes)
            pv_store(values + channel, change(pv_load(values + channel), scales))
            channel &+= lanes
        }
        if channel < count {
            let scales = load(channel, count: count &- channel)
            pv_store_half(values + channel, change(pv_load_half(values + channel), scales))
        }
    }
}
