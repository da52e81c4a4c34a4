package import PagedAttention

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Memory of a tensor that a test owns.
package final class Tensor {
    package let view: TensorView
    private let mapping: (base: UnsafeMutableRawPointer, byteCount: Int)?
    private let heap: UnsafeMutableRawPointer?

    /// An uninitialised tensor; `guarded` ones end where a page without access begins.
    package init(_ type: ElementType, _ shape: TensorShape, guarded: Bool = false) {
        let byteCount = shape.elementCount * type.byteCount
        if guarded {
            let page = Int(sysconf(Int32(_SC_PAGESIZE)))
            let whole = (byteCount + page - 1) / page * page
            guard
                let base = mmap(
                    nil,
                    whole + page,
                    PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS,
                    -1,
                    0
                ),
                base != MAP_FAILED, mprotect(base + whole, page, PROT_NONE) == 0
            else { preconditionFailure("no memory for a guarded tensor") }
            mapping = (base, whole + page)
            heap = nil
            view = TensorView(base: base + whole - byteCount, elementType: type, shape: shape)
        } else {
            let base = UnsafeMutableRawPointer.allocate(byteCount: byteCount + 64, alignment: 64)
            mapping = nil
            heap = base
            view = TensorView(base: base, elementType: type, shape: shape)
        }
    }

    /// A tensor of the elements that `fill` gives for each index.
    package convenience init(_ type: ElementType, _ shape: TensorShape, fill: (Int) -> Double) {
        self.init(type, shape)
        for index in 0..<shape.elementCount { view.store(fill(index), at: index) }
    }

    /// A tensor of integers, flat unless a shape is given.
    package convenience init(
        _ integers: [Int32],
        _ shape: TensorShape? = nil,
        guarded: Bool = false
    ) {
        self.init(.int32, shape ?? TensorShape(integers.count), guarded: guarded)
        for (index, value) in integers.enumerated() {
            view.base.storeBytes(of: value, toByteOffset: 4 * index, as: Int32.self)
        }
    }

    deinit {
        heap?.deallocate()
        if let mapping { munmap(mapping.base, mapping.byteCount) }
    }

    /// The size in bytes.
    package var byteCount: Int { view.shape.elementCount * view.elementType.byteCount }

    /// All bytes.
    package var bytes: [UInt8] {
        Array(UnsafeRawBufferPointer(start: view.base, count: byteCount))
    }

    /// All elements as numbers.
    package var values: [Double] { (0..<view.shape.elementCount).map { view.element($0) } }

    /// A tensor of its own with the same bytes.
    package func copy(guarded: Bool = false) -> Tensor {
        let copy = Tensor(view.elementType, view.shape, guarded: guarded)
        copy.view.base.copyMemory(from: view.base, byteCount: byteCount)
        return copy
    }
}
