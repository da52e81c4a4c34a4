internal import CPagedVector

/// How elements of one type lie in memory. Loads widen to float32, stores round to nearest even.
///
/// The `half` variants touch the lower half of the lanes only; with head sizes that 8 divides they are
/// needed on 16 lanes alone.
protocol ElementFormat {
    static var bits: Int { get }
    /// Whether elements may be infinite or NaN.
    static var mayBeInfinite: Bool { get }
    static func load(_ address: UnsafeRawPointer) -> Vector
    static func loadHalf(_ address: UnsafeRawPointer) -> Vector
    static func store(_ value: Vector, _ address: UnsafeMutableRawPointer)
    static func storeHalf(_ value: Vector, _ address: UnsafeMutableRawPointer)
}

extension ElementFormat {
    /// The memory of `count` elements, an even number for the 4-bit types.
    @inline(__always) static func bytes(_ count: Int) -> Int { (count &* bits) &>> 3 }
}

/// A type that queries, keys, values and output may have.
protocol ActivationFormat: ElementFormat {
    /// The value rounded to what the type can hold.
    static func rounded(_ value: Vector) -> Vector
    /// The value of the bits of one element.
    static func value(ofBits bits: UInt32) -> Float
    /// Four elements of every fourth column from `first` on, at the same offset in bytes.
    static func loadColumns(
        _ columns: UnsafeMutablePointer<UnsafeRawPointer?>,
        _ first: Int,
        _ offset: Int
    ) -> Vector
}

enum Float32Format: ActivationFormat {
    @inline(__always) static var bits: Int { 32 }
    @inline(__always) static var mayBeInfinite: Bool { true }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { pv_load(a) }
    @inline(__always) static func loadHalf(_ a: UnsafeRawPointer) -> Vector { pv_load_half(a) }
    @inline(__always) static func store(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store(a, v)
    }
    @inline(__always) static func storeHalf(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_half(a, v)
    }
    @inline(__always) static func rounded(_ value: Vector) -> Vector { value }
    @inline(__always) static func value(ofBits bits: UInt32) -> Float { Float(bitPattern: bits) }
    @inline(__always) static func loadColumns(
        _ columns: UnsafeMutablePointer<UnsafeRawPointer?>,
        _ first: Int,
        _ offset: Int
    ) -> Vector { pv_load_columns(columns, first, offset) }
}

enum Float16Format: ActivationFormat {
    @inline(__always) static var bits: Int { 16 }
    @inline(__always) static var mayBeInfinite: Bool { true }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { pv_load_float16(a) }
    @inline(__always) static func loadHalf(_ a: UnsafeRawPointer) -> Vector {
        pv_load_half_float16(a)
    }
    @inline(__always) static func store(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_float16(a, v)
    }
    @inline(__always) static func storeHalf(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_half_float16(a, v)
    }
    @inline(__always) static func rounded(_ value: Vector) -> Vector {
        pv_widen_float16(pv_narrow_float16(value))
    }
    @inline(__always) static func value(ofBits bits: UInt32) -> Float {
        pv_first(pv_widen_float16(pv_set_short(UInt16(truncatingIfNeeded: bits))))
    }
    @inline(__always) static func loadColumns(
        _ columns: UnsafeMutablePointer<UnsafeRawPointer?>,
        _ first: Int,
        _ offset: Int
    ) -> Vector { pv_widen_float16(pv_load_short_columns(columns, first, offset)) }
}

enum BFloat16Format: ActivationFormat {
    @inline(__always) static var bits: Int { 16 }
    @inline(__always) static var mayBeInfinite: Bool { true }
    @inline(__always) static func load(_ a: UnsafeRawPointer) -> Vector { pv_load_bfloat16(a) }
    @inline(__always) static func loadHalf(_ a: UnsafeRawPointer) -> Vector {
        pv_load_half_bfloat16(a)
    }
    @inline(__always) static func store(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_bfloat16(a, v)
    }
    @inline(__always) static func storeHalf(_ v: Vector, _ a: UnsafeMutableRawPointer) {
        pv_store_half_bfloat16(a, v)
    }
    @inline(__always) static func rounded(_ value: Vector) -> Vector {
        pv_widen_bfloat16(pv_narrow_bfloat16(value))
    }
    @inline(__always) static func value(ofBits bits: UInt32) -> Float {
        pv_first(pv_widen_bfloat16(pv_set_short(UInt16(truncatingIfNeeded: bits))))
    }
    @inline(__always) static func loadColumns(
        _ columns: UnsafeMutablePointer<UnsafeRawPointer?>,
        _ first: Int,
        _ offset: Int
    ) -> Vector { pv_widen_bfloat16(pv_load_short_columns(columns, first, offset)) }
}

/// Converts `count` elements, a multiple of 8, from one format to another.
@inline(__always)
func convert<From: ElementFormat, To: ElementFormat>(
    _ from: From.Type,
    _ source: UnsafeRawPointer,
    _ to: To.Type,
    _ target: UnsafeMutableRawPointer,
    count: Int
) {
    var index = 0
    while index &+ lanes <= count {
        To.store(From.load(source + From.bytes(index)), target + To.bytes(index))
        index &+= lanes
    }
    if index < count {
        To.storeHalf(From.loadHalf(source + From.bytes(index)), target + To.bytes(index))
    }
}
