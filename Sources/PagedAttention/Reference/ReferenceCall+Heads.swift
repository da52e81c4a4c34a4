/// Which of the three projections of a token.
enum Projection {
    case query, key, value
}

extension ReferenceCall {
    /// A head of a token as given.
    func rawHead(_ projection: Projection, _ head: Int, token: Int) -> [Real] {
        let queries = shape.headCount
        let keys = shape.keyValueHeadCount
        var tensor = inputs.query
        var heads = shape.isPacked ? queries + 2 * keys : queries
        var head = head
        switch projection {
        case .query: break
        case .key where shape.isPacked: head += queries
        case .value where shape.isPacked: head += queries + keys
        case .key: (tensor, heads) = (inputs.key ?? tensor, keys)
        case .value: (tensor, heads) = (inputs.value ?? tensor, keys)
        }
        let first = (token * heads + head) * shape.headSize
        return (0..<shape.headSize).map { Real(tensor.element(first + $0)) }
    }

    /// A query or key head, normalised and rotated.
    func preparedHead(
        _ projection: Projection,
        _ head: Int,
        token: Int,
        position: Int
    ) -> [Real] {
        let raw = rawHead(projection, head, token: token)
        let weight = projection == .query ? inputs.queryNormWeight : inputs.keyNormWeight
        return rotated(normalised(raw, weight), position)
    }

    private func normalised(_ head: [Real], _ weight: TensorView?) -> [Real] {
        guard let weight else { return head }
        let square = head.reduce(Real(0)) { $0 + $1 * $1 } / Real(shape.headSize)
        let factor = 1 / (square + Real(attributes.qkNormEpsilon)).squareRoot()
        return head.indices.map { rounded(head[$0] * factor * Real(weight.element($0))) }
    }

    private func rotated(_ head: [Real], _ position: Int) -> [Real] {
        guard attributes.doRotary, position < shape.rotaryPositionCount,
            let cosines = inputs.cosineCache, let sines = inputs.sineCache
        else { return head }
        let half = shape.rotaryWidth / 2
        var result = head
        for pair in 0..<half {
            let cosine = Real(cosines.element(position * half + pair))
            let sine = Real(sines.element(position * half + pair))
            let step = attributes.rotaryInterleaved ? 1 : half
            let first = attributes.rotaryOffset + (attributes.rotaryInterleaved ? 2 * pair : pair)
            result[first] = rounded(head[first] * cosine - head[first + step] * sine)
            result[first + step] = rounded(head[first + step] * cosine + head[first] * sine)
        }
        return result
    }

    private func rounded(_ value: Real) -> Real {
        Real(inputs.query.elementType.rounded(Double(value)))
    }
}
