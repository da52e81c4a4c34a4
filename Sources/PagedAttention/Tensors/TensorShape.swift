/// The dimensions of a tensor, stored inline: no shape of the operator has more than four.
///
/// A shape of a higher rank keeps its rank and first four dimensions, which is enough to refuse it.
///
///     let shape = TensorShape(2, 16, 4, 64)
///     shape.rank          // 4
///     shape[1]            // 16
///     shape.elementCount  // 8192
public struct TensorShape: Equatable, Sendable {
    /// How many dimensions the tensor has.
    public let rank: Int
    private let first: Int
    private let second: Int
    private let third: Int
    private let fourth: Int

    /// A shape of the given dimensions, outermost first.
    public init(_ dimensions: Int...) {
        self.init(
            rank: dimensions.count,
            dimensions.count > 0 ? dimensions[0] : 1,
            dimensions.count > 1 ? dimensions[1] : 1,
            dimensions.count > 2 ? dimensions[2] : 1,
            dimensions.count > 3 ? dimensions[3] : 1
        )
    }

    /// A shape of `rank` dimensions, of which those beyond the rank are ignored. Allocates nothing.
    public init(rank: Int, _ d0: Int, _ d1: Int, _ d2: Int, _ d3: Int) {
        self.rank = max(rank, 0)
        first = rank > 0 ? d0 : 1
        second = rank > 1 ? d1 : 1
        third = rank > 2 ? d2 : 1
        fourth = rank > 3 ? d3 : 1
    }

    /// The dimension at `axis`, or 1 where the shape has none.
    public subscript(_ axis: Int) -> Int {
        switch axis {
        case 0: first
        case 1: second
        case 2: third
        case 3: fourth
        default: 1
        }
    }

    /// The product of the dimensions: 0 if one of them is not positive, `Int.max` if it overflows.
    public var elementCount: Int {
        guard first > 0, second > 0, third > 0, fourth > 0 else { return 0 }
        return saturatingProduct(
            saturatingProduct(first, second),
            saturatingProduct(third, fourth)
        )
    }
}

extension TensorShape: CustomStringConvertible {
    /// The dimensions in parentheses, such as `(2, 16)`.
    public var description: String {
        var text = "("
        for axis in 0..<min(rank, 4) {
            text += axis == 0 ? "\(self[axis])" : ", \(self[axis])"
        }
        return text + (rank > 4 ? ", ... rank \(rank))" : ")")
    }
}

/// The product of two numbers that are not negative, `Int.max` where it overflows.
package func saturatingProduct(_ a: Int, _ b: Int) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? Int.max : product
}
