package import PagedAttention

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Owned memory for tensors: whole pages of zeros that cost nothing until they are written.
///
///     let tokens = try TensorBuffer(elementType: .int64, capacity: 512)
///     tokens.elements(as: Int64.self)[0] = 42
///     let value = try TensorValue([1], in: tokens, library: library)
package final class TensorBuffer {
    /// The type of the elements.
    package let elementType: ElementType
    /// How many elements there is room for.
    package let capacity: Int
    /// The first byte; begins a page, and so a cache line and the widest vector register.
    package let base: UnsafeMutableRawPointer

    /// Memory for `capacity` elements, filled with zeros.
    ///
    /// - Throws: an error with the number of bytes if the system does not give them.
    package init(elementType: ElementType, capacity: Int) throws(RuntimeError) {
        precondition(capacity >= 0, "capacity \(capacity)")
        let size = elementType.byteCount
        let byteCount = saturatingProduct(capacity, size)
        let protection = PROT_READ | PROT_WRITE
        guard
            byteCount < Int.max,
            let base = mmap(nil, max(byteCount, 1), protection, MAP_PRIVATE | MAP_ANON, -1, 0),
            base != MAP_FAILED
        else {
            throw RuntimeError(
                "no memory for \(capacity) elements of \(size) bytes, \(byteCount) bytes together"
            )
        }
        #if os(Linux)
            // Blocks lie anywhere in a cache: with pages of 2 MB most are found without a walk through page tables.
            madvise(base, byteCount, Int32(MADV_HUGEPAGE))
        #endif
        self.elementType = elementType
        self.capacity = capacity
        self.base = base
    }

    deinit {
        munmap(base, max(byteCount, 1))
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
