package import PagedAttention

/// Owned memory for tensors, aligned to 64 bytes: one cache line, and the widest vector register.
///
///     let tokens = TensorBuffer(elementType: .int64, capacity: 512)
///     tokens.elements(as: Int64.self)[0] = 42
///     let value = try tokens.value([1], in: library)
package final class TensorBuffer {
    /// The type of the elements.
    package let elementType: ElementType
    /// How many elements there is room for.
    package let capacity: Int
    /// The first byte.
    package let base: UnsafeMutableRawPointer

    /// Memory for `capacity` elements, filled with zeros unless `zeroed` is false.
    ///
    /// Memory that is not zeroed costs nothing until it is written.
    package init(elementType: ElementType, capacity: Int, zeroed: Bool = true) {
        precondition(capacity >= 0, "capacity \(capacity)")
        self.elementType = elementType
        self.capacity = capacity
        base = .allocate(byteCount: max(capacity * elementType.byteCount, 64), alignment: 64)
        if zeroed {
            base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        }
    }

    deinit {
        base.deallocate()
    }

    /// The size of the memory in bytes.
    package var byteCount: Int { capacity * elementType.byteCount }

    /// The elements as numbers of a Swift type, which must have the size of ``elementType``.
    package func elements<Element: BitwiseCopyable>(
        as type: Element.Type
    ) -> UnsafeMutableBufferPointer<Element> {
        precondition(
            MemoryLayout<Element>.stride == elementType.byteCount,
            "\(type) is not \(elementType.name)"
        )
        return UnsafeMutableBufferPointer(
            start: base.assumingMemoryBound(to: type),
            count: capacity
        )
    }
}
