import PagedAttention

/// A view without memory: rules look at shapes and types only.
func tensor(_ type: ElementType, _ dimensions: Int...) -> TensorView {
    let d = dimensions + [1, 1, 1, 1]
    let base = UnsafeMutableRawPointer(bitPattern: 64) ?? .allocate(byteCount: 1, alignment: 1)
    return TensorView(
        base: base,
        elementType: type,
        shape: TensorShape(rank: dimensions.count, d[0], d[1], d[2], d[3])
    )
}

/// A tensor in memory that the caller deallocates.
func floatTensor(_ values: [Float], _ shape: TensorShape) -> TensorView {
    TensorView(base: copy(values), elementType: .float32, shape: shape)
}

/// A tensor in memory that the caller deallocates; of one dimension unless a shape is given.
func integerTensor(_ values: [Int32], _ shape: TensorShape? = nil) -> TensorView {
    TensorView(
        base: copy(values),
        elementType: .int32,
        shape: shape ?? TensorShape(values.count)
    )
}

private func copy<Element>(_ values: [Element]) -> UnsafeMutableRawPointer {
    let byteCount = values.count * MemoryLayout<Element>.stride
    let base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    values.withUnsafeBytes { source in
        if let first = source.baseAddress { base.copyMemory(from: first, byteCount: byteCount) }
    }
    return base
}
