/// A borrowed, contiguous, row-major tensor.
///
/// The view owns nothing: the memory has to stay valid and aligned for its element type while the
/// view is in use. `base` may be dangling when the shape has no elements.
public struct TensorView {
    /// The first byte.
    public let base: UnsafeMutableRawPointer
    /// The type of the elements.
    public let elementType: ElementType
    /// The dimensions, outermost first.
    public let shape: TensorShape

    /// A view of `shape.elementCount` elements at `base`.
    public init(base: UnsafeMutableRawPointer, elementType: ElementType, shape: TensorShape) {
        self.base = base
        self.elementType = elementType
        self.shape = shape
    }

    /// The elements as `Int32`; meaningful for tensors of that type only.
    package var integers: UnsafePointer<Int32> {
        UnsafePointer(base.assumingMemoryBound(to: Int32.self))
    }
}
