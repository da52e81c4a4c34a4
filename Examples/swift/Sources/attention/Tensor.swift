import PagedAttention

/// Memory of its own, zero to begin with, that the operator reads and writes through a view.
final class Tensor<Element: Numeric> {
    let elements: UnsafeMutableBufferPointer<Element>
    let view: TensorView

    init(_ elementType: ElementType, _ dimensions: Int...) {
        let count = dimensions.reduce(1, *)
        let base = UnsafeMutablePointer<Element>.allocate(capacity: count)
        base.initialize(repeating: 0, count: count)
        elements = UnsafeMutableBufferPointer(start: base, count: count)
        view = TensorView(
            base: UnsafeMutableRawPointer(base),
            elementType: elementType,
            shape: TensorShape(
                rank: dimensions.count,
                dimensions[0],
                dimensions.count > 1 ? dimensions[1] : 1,
                dimensions.count > 2 ? dimensions[2] : 1,
                dimensions.count > 3 ? dimensions[3] : 1
            )
        )
    }

    /// Fills the memory with what `value` gives for each flat index.
    func fill(_ value: (Int) -> Element) -> Self {
        for index in elements.indices { elements[index] = value(index) }
        return self
    }

    deinit {
        elements.deallocate()
    }
}
