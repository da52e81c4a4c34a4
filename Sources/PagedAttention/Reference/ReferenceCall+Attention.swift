extension ReferenceCall {
    /// The attention of one query head over the cache; zeros when it sees no position.
    func attend(token: Int, head: Int, sequence: Int) -> [Real] {
        let position = position(of: token, in: sequence)
        let query = preparedHead(.query, head, token: token, position: position)
        let cacheHead = head / shape.groupSize
        let places = visible(from: position, sequence).compactMap { place(of: $0, in: sequence) }
        return weightedSum(
            query,
            keys: places.map { keyCache.row(place: $0, head: cacheHead) },
            values: places.map { valueCache.row(place: $0, head: cacheHead) },
            head
        )
    }

    /// The positions that a query at `position` may see.
    func visible(from position: Int, _ sequence: Int) -> Range<Int> {
        let window = attributes.localWindowSize
        let first = window > 0 && window <= position ? position - window + 1 : 0
        return first..<(attributes.isCausal ? position + 1 : length(of: sequence))
    }

    /// One more than the last position of a sequence.
    func length(of sequence: Int) -> Int {
        position(of: tokens(of: sequence).upperBound, in: sequence)
    }

    /// The values, weighted by the softmax of the query's logits with the keys and the head's sink.
    func weightedSum(_ query: [Real], keys: [[Real]], values: [[Real]], _ head: Int) -> [Real] {
        let logits = keys.map { logit(query, $0) }
        var result = [Real](repeating: 0, count: shape.valueHeadSize)
        guard let largest = logits.max() else { return result }
        let sink = inputs.headSink.map { Real($0.element(head)) }
        let maximum = max(largest, sink ?? largest)
        var denominator = sink.map { exponential($0 - maximum) } ?? 0
        for (value, logit) in zip(values, logits) {
            let weight = exponential(logit - maximum)
            denominator += weight
            for channel in result.indices { result[channel] += weight * value[channel] }
        }
        return result.map { $0 / denominator }
    }

    private func logit(_ query: [Real], _ key: [Real]) -> Real {
        var sum = Real(0)
        for channel in query.indices { sum += query[channel] * key[channel] }
        let scaled = sum * Real(attributes.logitScale(headSize: shape.headSize))
        guard attributes.softcap > 0 else { return scaled }
        let cap = Real(attributes.softcap)
        return cap * Real(ReferenceMath.hyperbolicTangent(Double(scaled / cap)))
    }

    private func exponential(_ value: Real) -> Real {
        Real(ReferenceMath.exponential(Double(value)))
    }
}
