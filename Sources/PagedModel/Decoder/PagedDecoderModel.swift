internal import PagedAttention
package import PagedGraph
package import PagedRuntime

/// A loaded decoder with a paged cache: many sequences go forward in one step.
///
///     let model = try PagedDecoderModel(folder: folder, library: library, options: .init())
///     try model.run(arrays)
///     let token = model.withLogits(row: 0) { $0.indices.max { $0 < $1 } }
///
/// The cache and all inputs are allocated once. The model keeps no record of sequences: which block
/// belongs to whom is the caller's business. What a sequence gets does not depend, to the last bit,
/// on which others are in the step or on how its prompt is cut (see ``RowPadding``).
///
/// Not safe for several threads at once.
package final class PagedDecoderModel {
    /// How the cache is laid out.
    package let layout: CacheLayoutDescription
    /// Tokens of the model, and values in a row of logits.
    package let vocabularySize: Int
    /// Most positions of one sequence.
    package let contextLength: Int
    /// A sequence that grows beyond so many tokens has to be computed anew; nil: never.
    package let recomputationLength: Int?
    /// Most rows of logits of a step beyond one for each sequence.
    package var maximumScoredTokensPerStep: Int { options.maximumScoredTokensPerStep(of: graph) }
    /// What the model takes of the machine's memory.
    package let memory: MemoryPlan
    /// Remarks for whoever looks: what of the folder was not used, and what was decided.
    package private(set) var notes: [String]
    /// Whether steps get a row more where one row would be computed alone.
    package private(set) var padsLoneRows = false

    private let graph: DecoderGraph
    private let options: DecoderOptions
    private let binding: Binding
    private let cache: CacheTensors
    private let inputs: StepTensors
    private let reader: LogitsReader

    /// Loads the model of a folder and allocates its cache.
    ///
    /// - Throws: an error that names what is missing, wrong or too large.
    package init(
        folder: ModelFolder,
        library: OnnxRuntimeLibrary,
        options: DecoderOptions = DecoderOptions()
    ) throws(ModelError) {
        precondition(options.maximumTokensPerStep >= 1, "\(options.maximumTokensPerStep) tokens")
        precondition(options.maximumSequences >= 1, "\(options.maximumSequences) sequences")
        let configuration = folder.configuration
        contextLength = try configuration.maximumSequenceLength(options)
        let loaded = try LoadedDecoder(folder, library, options, contextLength: contextLength)
        graph = loaded.graph
        layout = loaded.layout
        binding = loaded.binding
        cache = loaded.cache
        inputs = loaded.inputs
        recomputationLength = loaded.served.recomputationLength
        memory = MemoryPlan(loaded, contextLength: contextLength)
        self.options = options
        vocabularySize = graph.vocabularySize
        reader = LogitsReader(
            buffer: inputs.logits.buffer,
            width: graph.logitsWidth,
            vocabularySize: vocabularySize,
            scratch: inputs.row
        )
        notes =
            loaded.served.notes + configuration.notes(layout: layout, options: options)
            + memory.notes(contextLength: contextLength)
        try checkLastPosition()
        try measureRows()
    }

    /// Computes one step.
    ///
    /// - Throws: ONNX Runtime's text when it fails; the cache then holds what the step had written.
    package func run(_ arrays: StepArrays) throws(ModelError) {
        arrays.checkSizes(
            maximumTokens: options.maximumTokensPerStep,
            maximumSequences: options.maximumSequences,
            maximumWidth: inputs.maximumWidth
        )
        do {
            try inputs.fill(arrays, padsLoneRows: padsLoneRows, binding: binding)
            try binding.run()
        } catch {
            throw ModelError("step of \(arrays.tokens.count) tokens: \(error)")
        }
    }

    /// Calls `body` with the logits after the step's token `logitsIndices[row]`.
    package func withLogits<Result, Failure: Error>(
        row: Int,
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(reader.logits(row: inputs.logitsRow(row)))
    }

    /// The largest magnitude of each head and channel in the first blocks of every cache, by the name
    /// of its input; empty for caches of codes.
    package func cacheMagnitudes(blocks: Int) -> [String: CacheMagnitudes] {
        cache.magnitudes(blocks: blocks)
    }

    /// Runs the last position that a sequence may reach: a rotary table that ends before it would
    /// fail a whole step later.
    private func checkLastPosition() throws(ModelError) {
        let last = min(contextLength, layout.blockCount * layout.blockSize) - 1
        let probe = RowProbe(position: last, blockTableWidth: inputs.maximumWidth)
        do {
            try probe.withArrays { arrays throws(ModelError) in try run(arrays) }
        } catch {
            throw ModelError(
                "genai_config.json says context_length \(contextLength), but the graph does not "
                    + "compute position \(last); set it, or --max-model-len, to what the graph has: "
                    + "\(error)"
            )
        }
    }

    /// Compares a token computed alone with the same token computed among others.
    private func measureRows() throws(ModelError) {
        let alone = try probe(rows: 1)
        padsLoneRows = true
        let among = try probe(rows: 1)
        padsLoneRows = alone != among
        if padsLoneRows {
            notes.append(
                "a row computed alone differs from the same row among others in this model: "
                    + "steps are padded so that no row is alone"
            )
        }
        let limit = min(options.maximumTokensPerStep, options.maximumSequences)
        for rows in [2, 3, 4, 5, 7, 8, 9, 16, 17] where rows <= limit {
            guard try probe(rows: rows) != among else { continue }
            notes.append(
                "results of this model depend on how many sequences run together on this "
                    + "processor: a row among \(rows) differs from the same row among 2"
            )
            break
        }
        cache.clear(block: 0)
    }

    /// The bits of the logits of one token in a step of so many rows.
    private func probe(rows: Int) throws(ModelError) -> [UInt32] {
        let probe = RowProbe(rows: rows, token: Int32(clamping: vocabularySize / 2))
        try probe.withArrays { arrays throws(ModelError) in try run(arrays) }
        return withLogits(row: 0) { $0.map(\.bitPattern) }
    }
}

extension ModelConfiguration {
    /// Most positions of one sequence.
    fileprivate func maximumSequenceLength(_ options: DecoderOptions) throws(ModelError) -> Int {
        guard let length = options.maximumSequenceLength else { return contextLength }
        guard 1...contextLength ~= length else {
            throw ModelError(
                "--max-model-len \(length): must be from 1 to the model's context, \(contextLength)"
            )
        }
        return length
    }
}
