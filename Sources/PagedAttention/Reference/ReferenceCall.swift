/// One call of the reference: the tensors, sanitised lengths, and the steps in the operator's
/// order.
struct ReferenceCall<Real: BinaryFloatingPoint> {
    let attributes: AttentionAttributes
    let shape: AttentionShape
    let inputs: AttentionInputs
    let keyCache: ReferenceCache
    /// In the latent layout, the key cache.
    let valueCache: ReferenceCache
    private let starts: [Int32]
    private let past: [Int32]

    init(attributes: AttentionAttributes, shape: AttentionShape, inputs: AttentionInputs) {
        let type = inputs.keyCache.elementType
        let format = attributes.cacheFormat(ofTensor: type) ?? type
        keyCache = ReferenceCache(inputs.keyCache, format, scale: inputs.keyScale, shape)
        valueCache =
            inputs.valueCache.map {
                ReferenceCache($0, format, scale: inputs.valueScale, shape)
            } ?? keyCache
        self.attributes = attributes
        self.shape = shape
        self.inputs = inputs
        var starts = [Int32](repeating: 0, count: shape.sequenceCount + 1)
        var past = [Int32](repeating: 0, count: shape.sequenceCount)
        starts.withUnsafeMutableBufferPointer { starts in
            past.withUnsafeMutableBufferPointer { past in
                guard let first = starts.baseAddress, let length = past.baseAddress else { return }
                _ = SequenceLayout.sanitise(inputs, shape, starts: first, past: length)
            }
        }
        self.starts = starts
        self.past = past
    }

    func isValid(_ sequence: Int) -> Bool { past[sequence] >= 0 }

    func tokens(of sequence: Int) -> Range<Int> {
        Int(starts[sequence])..<Int(starts[sequence + 1])
    }

    func position(of token: Int, in sequence: Int) -> Int {
        Int(past[sequence]) + token - Int(starts[sequence])
    }

    /// The place in the cache, block * blockSize + offset, of a position; nil where nothing is
    /// mapped.
    func place(of position: Int, in sequence: Int) -> Int? {
        let column = position / shape.blockSize
        guard column < shape.maximumBlocksPerSequence else { return nil }
        let index = sequence * shape.maximumBlocksPerSequence + column
        let block = Int(inputs.blockTable.integers[index])
        guard block >= 0, block < shape.blockCount else { return nil }
        return block * shape.blockSize + position % shape.blockSize
    }

    /// Normalises, rotates and stores every key, and stores every value that is not part of it.
    func writeCache() {
        for sequence in 0..<shape.sequenceCount where isValid(sequence) {
            for token in tokens(of: sequence) {
                let position = position(of: token, in: sequence)
                guard let place = destination(token, position, sequence) else { continue }
                for head in 0..<shape.keyValueHeadCount {
                    let key = preparedHead(.key, head, token: token, position: position)
                    store(key, in: keyCache, place: place, head: head)
                    if inputs.valueCache != nil {
                        let value = rawHead(.value, head, token: token)
                        store(value, in: valueCache, place: place, head: head)
                    }
                }
            }
        }
    }

    private func store(_ row: [Real], in cache: ReferenceCache, place: Int, head: Int) {
        for (channel, value) in row.enumerated() {
            cache.store(Double(value), place: place, head: head, channel: channel)
        }
    }

    private func destination(_ token: Int, _ position: Int, _ sequence: Int) -> Int? {
        guard let slots = inputs.slotMapping else { return place(of: position, in: sequence) }
        let slot = Int(slots.integers[token])
        return slot >= 0 && slot < shape.blockCount * shape.blockSize ? slot : nil
    }
}
