internal import PagedAttention
internal import PagedGraph
internal import PagedRuntime

/// All inputs of a step and its logits, allocated at their largest size.
final class StepTensors {
    /// Most columns of the block table.
    let maximumWidth: Int
    let logits: StepTensor
    /// Bytes that are written at most.
    let byteCount: Int
    /// Room for one row of logits.
    let row: TensorBuffer
    private let tokens: StepTensor
    private let starts: StepTensor
    private let past: StepTensor
    private let positions: StepTensor?
    private let sequenceLengths: StepTensor?
    private let blockTable: StepTensor
    private let windowedBlockTable: StepTensor?
    private let logitsIndices: StepTensor?
    private let metadata: StepTensor?
    /// Rows of logits that were wanted, by token; what a graph without indices needs afterwards.
    private let wanted: TensorBuffer
    private var wantedCount = 0
    private let logitsWidth: Int

    init(
        graph: DecoderGraph,
        options: DecoderOptions,
        width: Int,
        library: OnnxRuntimeLibrary
    ) throws(RuntimeError) {
        // One more of everything: see `RowPadding`.
        let (rows, sequences) = (options.maximumTokensPerStep + 1, options.maximumSequences + 1)
        func input(
            _ name: String,
            _ type: ElementType,
            _ capacity: Int
        ) throws(RuntimeError) -> StepTensor {
            let buffer = try TensorBuffer(elementType: type, capacity: capacity)
            return StepTensor(.input, name, buffer, library)
        }
        let names = graph.names
        maximumWidth = width
        logitsWidth = graph.logitsWidth
        tokens = try input(names.tokens, graph.tokenType, rows)
        starts = try input(names.cumulativeSequenceLengths, .int32, sequences + 1)
        past = try input(names.pastSequenceLengths, .int32, sequences)
        blockTable = try input(names.blockTable, .int32, saturatingProduct(sequences, width))
        // Layers with a window keep all their blocks here, so both tables are one.
        windowedBlockTable =
            graph.hasWindowedBlockTable
            ? StepTensor(.input, names.windowedBlockTable, blockTable.buffer, library) : nil
        positions = graph.hasPositions ? try input(names.positions, .int64, rows) : nil
        sequenceLengths =
            graph.hasSequenceLengths ? try input(names.sequenceLengths, .int64, rows) : nil
        logitsIndices =
            graph.hasLogitsIndices
            ? try input(names.logitsIndices, graph.logitsIndexType, rows) : nil
        metadata = graph.hasAttentionMetadata ? try input(names.attentionMetadata, .int32, 3) : nil
        wanted = try TensorBuffer(elementType: .int32, capacity: rows)
        row = try TensorBuffer(elementType: .float32, capacity: graph.vocabularySize)
        let buffer = try TensorBuffer(
            elementType: graph.logitsType,
            capacity: saturatingProduct(rows, graph.logitsWidth)
        )
        logits = StepTensor(.output, names.logits, buffer, library)
        // Memory that no row of logits has ever been written to is not taken.
        let rowBytes = saturatingProduct(graph.logitsWidth, graph.logitsType.byteCount)
        let wantedRows =
            graph.hasLogitsIndices
            ? min(rows, sequences + options.maximumScoredTokensPerStep(of: graph)) : rows
        let written = saturatingProduct(wantedRows, rowBytes)
        byteCount = [tokens, starts, past, blockTable].reduce(written) {
            let (sum, overflows) = $0.addingReportingOverflow($1.buffer.byteCount)
            return overflows ? .max : sum
        }
    }

    /// Copies the arrays and tells ONNX Runtime the shapes that changed.
    func fill(
        _ arrays: StepArrays,
        padsLoneRows: Bool,
        binding: Binding
    ) throws(RuntimeError) {
        let padding = padsLoneRows && RowPadding.leavesRowAlone(arrays.tokens.count) ? 1 : 0
        let rows = arrays.tokens.count + padding
        let sequences = arrays.sequenceCount + padding
        let width = arrays.blockTableWidth
        tokens.write(arrays.tokens, filledTo: rows)
        starts.write(
            arrays.cumulativeSequenceLengths,
            filledTo: sequences + 1,
            with: Int32(rows)
        )
        past.write(arrays.pastSequenceLengths, filledTo: sequences)
        blockTable.write(arrays.blockTable, filledTo: sequences * width, with: -1)
        try tokens.setShape(rows: rows, in: binding)
        try starts.setShape(rows: sequences + 1, in: binding)
        try past.setShape(rows: sequences, in: binding)
        try blockTable.setShape(rows: sequences, columns: width, in: binding)
        try windowedBlockTable?.setShape(rows: sequences, columns: width, in: binding)
        let past = arrays.pastSequenceLengths
        try positions?.fill(arrays, rows: rows, in: binding) { past[$0] + $1 }
        try sequenceLengths?.fill(arrays, rows: rows, in: binding) { sequence, _ in
            arrays.knownLengths[sequence]
        }
        try fillMetadata(arrays, binding)
        try fillLogits(arrays, rows: rows, padsLoneRows, binding)
    }

    /// The row of the graph's logits that holds the wanted row.
    func logitsRow(_ row: Int) -> Int {
        precondition((0..<wantedCount).contains(row), "row \(row) of \(wantedCount)")
        return logitsIndices == nil ? Int(wanted.elements(as: Int32.self)[row]) : row
    }

    private func fillMetadata(
        _ arrays: StepArrays,
        _ binding: Binding
    ) throws(RuntimeError) {
        guard let metadata else { return }
        let longest = arrays.longest
        let bounds = metadata.buffer.elements(as: Int32.self)
        (bounds[0], bounds[1], bounds[2]) = (longest.newTokens, longest.total, longest.total)
        try metadata.setShape(rows: 3, in: binding)
    }

    private func fillLogits(
        _ arrays: StepArrays,
        rows: Int,
        _ padsLoneRows: Bool,
        _ binding: Binding
    ) throws(RuntimeError) {
        wantedCount = arrays.logitsIndices.count
        let kept = wanted.elements(as: Int32.self)
        for (place, index) in arrays.logitsIndices.enumerated() {
            precondition(
                (0..<Int32(arrays.tokens.count)).contains(index),
                "logits index \(index) of \(arrays.tokens.count) tokens"
            )
            kept[place] = index
        }
        guard let logitsIndices else {
            try logits.setShape(rows: rows, columns: logitsWidth, in: binding)
            return
        }
        // A graph without rows to compute is an edge that not every operator handles.
        var count = max(wantedCount, 1)
        if padsLoneRows && RowPadding.leavesRowAlone(count) { count += 1 }
        logitsIndices.write(arrays.logitsIndices, filledTo: count)
        try logitsIndices.setShape(rows: count, in: binding)
        try logits.setShape(rows: count, columns: logitsWidth, in: binding)
    }
}

extension StepTensor {
    /// Writes a number for each token, from its sequence and its place in the sequence's part of the
    /// step, and zeros for rows of no sequence.
    fileprivate func fill(
        _ arrays: StepArrays,
        rows: Int,
        in binding: Binding,
        _ number: (_ sequence: Int, _ place: Int32) -> Int32
    ) throws(RuntimeError) {
        let numbers = buffer.elements(as: Int64.self)
        let starts = arrays.cumulativeSequenceLengths
        for sequence in arrays.pastSequenceLengths.indices {
            for row in starts[sequence]..<starts[sequence + 1] {
                numbers[Int(row)] = Int64(number(sequence, row - starts[sequence]))
            }
        }
        for row in arrays.tokens.count..<rows { numbers[row] = 0 }
        try setShape(rows: rows, in: binding)
    }
}
