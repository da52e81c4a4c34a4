extension ReferenceCall {
    /// The attention of one query head over the cache; zeros when it sees no position.
    func attend(token: Int, head: Int, sequence: Int) -> [Real] {
        let position = position(of: token, in: sequence)
        let query = preparedHead(.query, head, token: token, position: position)
        let cacheHead = head / shape.groupSize
        let places = visible(from: position, sequence).compactMap { place(of: $0, in: sequence) }
        let logits = places.map { logit(query, place: $0, cacheHead) }
        var result = [Real](repeating: 0, count: shape.valueHeadSize)
        guard let largest = logits.max() else { return result }
        let sink = inputs.headSink.map { Real($0.element(head)) }
        let maximum = max(largest, sink ?? largest)
        var denominator = sink.map { exponential($0 - maximum) } ?? 0
        for (place, logit) in zip(places, logits) {
            let weight = exponential(logit - maximum)
            denominator += weight
            for channel in 0..<shape.valueHeadSize {
                let value = valueCache.value(place: place, head: cacheHead, channel: channel)
                result[channel] += weight * Real(value)
            }
        }
        return result.map { $0 / denominator }
    }

    /// The positions that a query at `position` may see.
    private func visible(from position: Int, _ sequence: Int) -> Range<Int> {
        let window = attributes.localWindowSize
        let first = window > 0 && window <= position ? position - window + 1 : 0
        let newTokens = tokens(of: sequence)
        let length = self.position(of: newTokens.upperBound, in: sequence)
        return first..<(attributes.isCausal ? position + 1 : length)
    }

    private func logit(_ query: [Real], place: Int, _ cacheHead: Int) -> Real {
        var sum = Real(0)
        for channel in 0..<shape.headSize {
            let key = keyCache.value(place: place, head: cacheHead, channel: channel)
            sum += query[channel] * Real(key)
        }
        let scaled = sum * Real(attributes.logitScale(headSize: shape.headSize))
        guard attributes.softcap > 0 else { return scaled }
        let cap = Real(attributes.softcap)
        return cap * Real(ReferenceMath.hyperbolicTangent(Double(scaled / cap)))
    }

    private func exponential(_ value: Real) -> Real {
        Real(ReferenceMath.exponential(Double(value)))
    }
}
