package import PagedAttention

/// What the caches of a model hold; raw values are those of `--cache-type`.
package enum CacheType: String, CaseIterable, Sendable {
    case float32 = "f32"
    case float16 = "f16"
    case bfloat16 = "bf16"
    case int8
    case float8 = "fp8"
    case int4

    /// The type of the cache tensors.
    package var elementType: ElementType {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int8: .int8
        case .float8: .float8e4m3fn
        case .int4: .uint8
        }
    }

    /// The largest number that a code stands for at scale 1; nil for types without scales.
    package var largestCode: Float? {
        switch self {
        case .float32, .float16, .bfloat16: nil
        case .int8: 127
        case .float8: 448
        case .int4: 7
        }
    }

    /// Elements of a head in a tensor: bytes hold two 4-bit codes each.
    package func headSize(_ channels: Int) -> Int {
        self == .int4 ? channels / 2 + channels % 2 : channels
    }

    /// The type by its name on the command line.
    ///
    /// - Throws: an error with all names.
    package init(named name: String) throws(GraphError) {
        guard let type = CacheType(rawValue: name) else {
            let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw GraphError("cache type \(name) is not known; known are \(names)")
        }
        self = type
    }
}

/// The largest magnitudes that a cache was seen to hold, for each head and channel.
package struct CacheMagnitudes: Equatable, Sendable {
    /// `[head, channel]`.
    package var numbers: [Float]

    /// Magnitudes of a cache.
    package init(_ numbers: [Float]) {
        self.numbers = numbers
    }
}
