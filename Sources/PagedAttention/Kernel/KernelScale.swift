/// The scales of a quantised cache as a kernel reads them.
package struct KernelScale: @unchecked Sendable {
    /// The scales; nil where elements are values.
    package let base: UnsafePointer<Float>?
    /// Whether there is one for each head and channel, instead of one for all.
    package let isPerChannel: Bool

    static let none = KernelScale(nil)

    init(_ tensor: TensorView?) {
        base = tensor.map { UnsafePointer($0.base.assumingMemoryBound(to: Float.self)) }
        isPerChannel = tensor.map { $0.shape.elementCount > 1 } ?? false
    }
}
