internal import PagedAttention

/// The tensors of a call, in the operator's order, and the output.
enum TensorRole: Int, CaseIterable {
    case query, key, value, keyCache, valueCache
    case starts, past, blockTable
    case cosine, sine, slotMapping, headSink, queryNorm, keyNorm, keyScale, valueScale, metadata
    case output
    // Of SparsePagedAttention alone.
    case selectedIndices, selectedCounts, auxiliaryKey, auxiliaryValue, auxiliaryLengths
    case sparseMetadata

    /// Whether a call may lack it.
    var isOptional: Bool {
        switch self {
        case .query, .keyCache, .starts, .past, .blockTable, .output: false
        case .selectedIndices, .selectedCounts: false
        default: true
        }
    }

    /// Those that PagedAttention has, and the output.
    static let common = Array(allCases.prefix { $0 != .selectedIndices })
    static let sparse = Array(allCases.drop { $0 != .selectedIndices })
    static let integers: [TensorRole] = [.starts, .past, .blockTable, .slotMapping, .metadata]
}

/// The type and the dimensions of a tensor.
struct TensorOutline {
    var type: ElementType
    var dimensions: [Int]

    init(_ type: ElementType, _ dimensions: Int...) {
        self.type = type
        self.dimensions = dimensions
    }

    var shape: TensorShape {
        let four = dimensions.prefix(4) + [1, 1, 1, 1]
        return TensorShape(rank: dimensions.count, four[0], four[1], four[2], four[3])
    }
}
