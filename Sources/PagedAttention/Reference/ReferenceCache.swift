/// A cache tensor as the reference reads and writes it: values, whatever they are stored as.
struct ReferenceCache {
    private let tensor: TensorView
    private let format: ElementType
    private let scale: TensorView?
    private let headCount: Int
    private let headSize: Int

    init(_ tensor: TensorView, _ format: ElementType, scale: TensorView?, _ shape: AttentionShape) {
        self.tensor = tensor
        self.format = format
        self.scale = format.isActivation ? nil : scale
        headCount = shape.keyValueHeadCount
        headSize = shape.headSize
    }

    /// The values of a head at a place.
    func row<Real: BinaryFloatingPoint>(place: Int, head: Int) -> [Real] {
        (0..<headSize).map { Real(value(place: place, head: head, channel: $0)) }
    }

    private func value(place: Int, head: Int, channel: Int) -> Double {
        let index = (place * headCount + head) * headSize + channel
        guard let scale = factor(head, channel) else { return tensor.element(index) }
        return CacheCode.value(format, tensor.base, index) * Double(scale)
    }

    /// Stores a value; one that is quantised is divided in float32 first, as the operator defines.
    func store(_ value: Double, place: Int, head: Int, channel: Int) {
        let index = (place * headCount + head) * headSize + channel
        guard let scale = factor(head, channel) else { return tensor.store(value, at: index) }
        let quotient = scale == 0 ? 0 : Float(value) / scale
        CacheCode.store(quotient, format, tensor.base, index)
    }

    /// The scale of a channel; nil where elements are values.
    private func factor(_ head: Int, _ channel: Int) -> Float? {
        guard let scale else { return nil }
        return Float(scale.element(scale.shape.elementCount == 1 ? 0 : head * headSize + channel))
    }
}
