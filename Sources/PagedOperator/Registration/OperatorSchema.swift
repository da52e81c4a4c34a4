internal import PagedAttention

/// The operators, as ONNX Runtime sees them.
package enum OperatorSchema: Int32, CaseIterable, Sendable {
    /// `PagedAttention`.
    case paged
    /// `SparsePagedAttention`.
    case sparse

    /// The operator's name.
    package var name: StaticString {
        switch self {
        case .paged: "PagedAttention"
        case .sparse: "SparsePagedAttention"
        }
    }

    /// How many inputs it has, optional ones included.
    package var inputCount: Int {
        switch self {
        case .paged: 17
        case .sparse: 22
        }
    }

    /// Whether a node has to have input `index`.
    package func isRequired(_ index: Int) -> Bool {
        switch self {
        case .paged: index == 0 || index == 3 || (5...7).contains(index)
        case .sparse: index == 0 || (3...7).contains(index) || index == 9 || index == 10
        }
    }

    /// Whether input `index` has integers.
    func isInteger(_ index: Int) -> Bool {
        switch self {
        case .paged: [5, 6, 7, 10, 16].contains(index)
        case .sparse: (5...10).contains(index) || index == 13 || index == 21
        }
    }

    /// Whether input `index` has scales.
    func isScale(_ index: Int) -> Bool {
        switch self {
        case .paged: index == 14 || index == 15
        case .sparse: index == 19 || index == 20
        }
    }
}
