/// The type of a tensor's elements; raw values are those of ONNX `TensorProto.DataType`.
public enum ElementType: Int32, Sendable, CaseIterable {
    /// IEEE 754 binary32.
    case float32 = 1
    /// Unsigned bytes; as a cache, two packed 4-bit codes each.
    case uint8 = 2
    /// Signed bytes; as a cache, codes of a symmetric 8-bit quantisation.
    case int8 = 3
    /// Lengths, tables and slots.
    case int32 = 6
    /// Not used by the operator; other tensors of a graph are.
    case int64 = 7
    /// IEEE 754 binary16.
    case float16 = 10
    /// The upper half of a binary32.
    case bfloat16 = 16
    /// 8-bit floating point, 4 exponent and 3 mantissa bits, without infinities.
    case float8e4m3fn = 17
    /// Signed 4-bit codes; in a cache, two to a byte of a `uint8` tensor.
    case int4 = 22
    /// 4-bit floating point, 2 exponent bits and 1 mantissa bit; in a cache, two to a byte of a
    /// `uint8` tensor.
    case float4e2m1 = 23

    /// The size of one element in bytes, of a pair for the 4-bit types.
    public var byteCount: Int {
        switch self {
        case .uint8, .int8, .float8e4m3fn, .int4, .float4e2m1: 1
        case .float16, .bfloat16: 2
        case .float32, .int32: 4
        case .int64: 8
        }
    }

    /// The name that operator attributes and messages use, such as `"float16"`.
    public var name: String {
        switch self {
        case .float32: "float32"
        case .uint8: "uint8"
        case .int8: "int8"
        case .int32: "int32"
        case .int64: "int64"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .float8e4m3fn: "float8e4m3fn"
        case .int4: "int4"
        case .float4e2m1: "float4e2m1"
        }
    }

    /// Whether activations may have this type.
    public var isActivation: Bool {
        self == .float32 || self == .float16 || self == .bfloat16
    }

    /// The size of one element in bits.
    package var bitCount: Int { isPacked ? 4 : 8 * byteCount }

    /// Whether two elements share a byte.
    package var isPacked: Bool { self == .int4 || self == .float4e2m1 }
}
