extension ReferenceCall {
    /// The attention of one query head over the candidates of its token; zeros without any.
    func attend(
        _ sparse: SparseInputs,
        _ selection: SparseSelection,
        token: Int,
        head: Int,
        sequence: Int
    ) -> [Real] {
        let position = position(of: token, in: sequence)
        let query = preparedHead(.query, head, token: token, position: position)
        let cacheHead = head / shape.groupSize
        let local =
            selection.mode == .localPlusSelected ? visible(from: position, sequence) : 0..<0
        let entries = selectedEntries(sparse, token)
        guard let auxiliaryKey = sparse.auxiliaryKey else {
            let end = attributes.isCausal ? position + 1 : length(of: sequence)
            let positions = Array(local) + entries.filter { $0 < end && !local.contains($0) }
            let places = positions.compactMap { place(of: $0, in: sequence) }
            return weightedSum(
                query,
                keys: places.map { keyCache.row(place: $0, head: cacheHead) },
                values: places.map { valueCache.row(place: $0, head: cacheHead) },
                head
            )
        }
        let length = sparse.auxiliaryLengths.map { Int($0.integers[sequence]) } ?? 0
        let rows = entries.filter { $0 < min(length, auxiliaryKey.shape[1]) }
        let places = local.compactMap { place(of: $0, in: sequence) }
        func auxiliary(_ tensor: TensorView) -> [[Real]] {
            rows.map { auxiliaryRow(tensor, sequence, $0, cacheHead) }
        }
        return weightedSum(
            query,
            keys: places.map { keyCache.row(place: $0, head: cacheHead) } + auxiliary(auxiliaryKey),
            values: places.map { valueCache.row(place: $0, head: cacheHead) }
                + auxiliary(sparse.auxiliaryValue ?? auxiliaryKey),
            head
        )
    }

    /// What a token selects, without negative entries.
    private func selectedEntries(_ sparse: SparseInputs, _ token: Int) -> [Int] {
        let columns = sparse.selectedIndices.shape[1]
        let count = min(max(Int(sparse.selectedCounts.integers[token]), 0), columns)
        return (0..<count).map { Int(sparse.selectedIndices.integers[token * columns + $0]) }
            .filter { $0 >= 0 }
    }

    private func auxiliaryRow(
        _ tensor: TensorView,
        _ sequence: Int,
        _ row: Int,
        _ head: Int
    ) -> [Real] {
        let heads = tensor.shape[2]
        let place = (sequence * tensor.shape[1] + row) * heads + (heads == 1 ? 0 : head)
        return (0..<shape.headSize).map { Real(tensor.element(place * shape.headSize + $0)) }
    }
}
