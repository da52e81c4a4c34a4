extension TensorView {
    /// The element at a flat index, without rounding; NaN for other types than the three of
    /// activations.
    package func element(_ index: Int) -> Double {
        let address = base + index * elementType.byteCount
        switch elementType {
        case .float32: return Double(address.loadUnaligned(as: Float.self))
        case .float16: return ShortFloat.decodeFloat16(address.loadUnaligned(as: UInt16.self))
        case .bfloat16: return ShortFloat.decodeBFloat16(address.loadUnaligned(as: UInt16.self))
        default: return .nan
        }
    }

    /// Stores a value, rounded once to the element type, at a flat index. Other types than floating
    /// point ones are left alone.
    package func store(_ value: Double, at index: Int) {
        let address = base + index * elementType.byteCount
        switch elementType {
        case .float32: address.storeBytes(of: Float(value), as: Float.self)
        case .float16:
            address.storeBytes(of: ShortFloat.encodeFloat16(value), as: UInt16.self)
        case .bfloat16:
            address.storeBytes(of: ShortFloat.encodeBFloat16(value), as: UInt16.self)
        default: break
        }
    }
}

extension ElementType {
    /// The value nearest to `value` that the type can hold; `value` itself for integer types.
    package func rounded(_ value: Double) -> Double {
        switch self {
        case .float32: Double(Float(value))
        case .float16: ShortFloat.decodeFloat16(ShortFloat.encodeFloat16(value))
        case .bfloat16: ShortFloat.decodeBFloat16(ShortFloat.encodeBFloat16(value))
        default: value
        }
    }
}
