internal import PagedAttention

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A tensor in memory of its own, of exactly its size: AddressSanitizer sees every access beyond it.
final class ExactTensor {
    let view: TensorView
    let byteCount: Int
    /// Whether all elements exist; a call with one that has not may only be refused.
    let hasMemory: Bool

    /// More than any tensor needs whose call may run.
    private static let largestByteCount = 1 << 20

    /// A tensor of unspecified content, or without any where its shape is too large to have memory.
    init(_ outline: TensorOutline) {
        let (size, overflow) = outline.shape.elementCount
            .multipliedReportingOverflow(by: outline.type.byteCount)
        hasMemory = !overflow && size <= Self.largestByteCount
        byteCount = hasMemory ? size : 0
        view = TensorView(
            base: .allocate(byteCount: byteCount, alignment: 8),
            elementType: outline.type,
            shape: outline.shape
        )
    }

    deinit { view.base.deallocate() }

    func copy() -> ExactTensor {
        let copy = ExactTensor(TensorOutline(view.elementType, view.shape))
        copy.view.base.copyMemory(from: view.base, byteCount: byteCount)
        return copy
    }

    /// The first element that differs, in words. Which NaN it is does not count: a processor takes over
    /// one of two as the compiler has ordered them.
    func firstDifference(from other: ExactTensor) -> String? {
        guard !hasSameBytes(as: other) else { return nil }
        let size = view.elementType.byteCount
        let count = view.shape.elementCount
        let index = (0..<count).first {
            !hasSameBytes(as: other, in: $0 * size..<($0 + 1) * size)
                && !(view.element($0).isNaN && other.view.element($0).isNaN)
        }
        return index.map { "element \($0) is \(view.element($0)) or \(other.view.element($0))" }
    }

    func hasSameBytes(as other: ExactTensor, in range: Range<Int>? = nil) -> Bool {
        let range = range ?? 0..<byteCount
        return memcmp(
            view.base + range.lowerBound,
            other.view.base + range.lowerBound,
            range.count
        ) == 0
    }

    /// Repeats the elements, which have the size of the tensor's, over the tensor.
    func fill<Element: BitwiseCopyable>(_ elements: [Element]) {
        var filled = min(elements.count * MemoryLayout<Element>.stride, byteCount)
        guard filled > 0 else { return }
        elements.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: view.base, count: filled)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source.prefix(filled)))
        }
        while filled < byteCount {
            let count = min(filled, byteCount - filled)
            (view.base + filled).copyMemory(from: view.base, byteCount: count)
            filled += count
        }
    }

    /// Fills the tensor with a NaN that no arithmetic gives: a signalling one.
    func poison() {
        guard let bits = Self.poison(view.elementType) else { return }
        if view.elementType == .float32 { fill([bits]) } else { fill([UInt16(bits)]) }
    }

    /// The number of elements that `poison` has set and nobody changed.
    var poisonedCount: Int {
        guard let bits = Self.poison(view.elementType) else { return 0 }
        return view.elementType == .float32 ? count(bits) : count(UInt16(bits))
    }

    private func count<Element: Equatable & BitwiseCopyable>(_ element: Element) -> Int {
        let elements = UnsafeBufferPointer(
            start: view.base.assumingMemoryBound(to: Element.self),
            count: view.shape.elementCount
        )
        var count = 0
        for index in elements.indices where elements[index] == element { count += 1 }
        return count
    }

    private static func poison(_ type: ElementType) -> UInt32? {
        switch type {
        case .float32: 0x7fa5_a5a5
        case .float16: 0x7da5
        case .bfloat16: 0x7fa5
        default: nil
        }
    }
}

extension TensorOutline {
    fileprivate init(_ type: ElementType, _ shape: TensorShape) {
        self.type = type
        dimensions = (0..<shape.rank).map { shape[$0] }
    }
}
