import PagedBatching
import PagedGraph
package import PagedModel
import PagedRuntime

extension Engine {
    /// Loads a model folder, allocates its cache and starts.
    ///
    /// - Parameters:
    ///   - modelFolder: a folder with `genai_config.json` and a graph, as onnxruntime-genai's builder
    ///     exports it; GroupQueryAttention becomes PagedAttention while the model is loaded.
    ///   - configuration: limits and sizes.
    /// - Throws: ``EngineError`` when the folder, ONNX Runtime or a limit is not as needed.
    public convenience init(
        modelFolder: String,
        configuration: EngineConfiguration = EngineConfiguration()
    ) throws(EngineError) {
        do throws(ModelError) {
            try self.init(
                folder: ModelFolder(path: modelFolder),
                configuration: configuration
            )
        } catch {
            throw EngineError(error.description)
        }
    }

    /// Loads an opened model folder, allocates its cache and starts.
    package convenience init(
        folder: ModelFolder,
        configuration: EngineConfiguration
    ) throws(ModelError) {
        try configuration.check()
        let library: OnnxRuntimeLibrary
        let cacheType: CacheType?
        do {
            cacheType = try configuration.cacheType.map(CacheType.init(named:))
            library = try OnnxRuntimeLibrary.load(path: configuration.onnxRuntimePath)
        } catch {
            throw ModelError("\(error)")
        }
        let decoder = try PagedDecoderModel(
            folder: folder,
            library: library,
            options: DecoderOptions(
                cacheBytes: configuration.cacheMemory,
                blockCount: configuration.blockCount,
                blockSize: configuration.blockSize,
                cacheType: cacheType,
                ownProducts: configuration.ownProducts,
                maximumSequenceLength: configuration.maximumSequenceLength,
                threads: configuration.threads,
                maximumTokensPerStep: configuration.maximumTokensPerStep,
                maximumSequences: configuration.maximumRunningRequests,
                maximumScoredTokensPerStep: configuration.maximumScoredTokensPerStep
            )
        )
        let layout = decoder.layout
        let longest = min(decoder.contextLength, layout.blockCount * layout.blockSize)
        self.init(
            model: ModelDescription(
                name: configuration.modelName ?? folder.name,
                vocabularySize: decoder.vocabularySize,
                maximumSequenceLength: longest,
                endOfSequenceTokens: Set(folder.configuration.eosTokens)
            ),
            configuration: SchedulerConfiguration(
                blockCount: layout.blockCount,
                blockSize: layout.blockSize,
                maximumTokensPerStep: configuration.maximumTokensPerStep,
                maximumScoredTokensPerStep: decoder.maximumScoredTokensPerStep,
                maximumRunningSequences: configuration.maximumRunningRequests,
                maximumSequenceLength: longest,
                maximumQueuedSequences: configuration.maximumQueuedRequests,
                prefixCaching: configuration.prefixCaching,
                recomputationLength: decoder.recomputationLength
            ),
            runner: ModelRunner(decoder),
            notes: decoder.notes,
            memory: decoder.memory
        )
    }
}

extension EngineConfiguration {
    /// The limits that the scheduler takes for granted.
    fileprivate func check() throws(ModelError) {
        try check("maximumRunningRequests", maximumRunningRequests, most: 1 << 16)
        try check("maximumQueuedRequests", maximumQueuedRequests, least: 0, most: 1 << 20)
        try check("maximumTokensPerStep", maximumTokensPerStep, most: 1 << 20)
        if let maximumScoredTokensPerStep {
            try check("maximumScoredTokensPerStep", maximumScoredTokensPerStep, most: 1 << 20)
        }
        guard maximumTokensPerStep > maximumRunningRequests else {
            throw ModelError(
                "maximumTokensPerStep is \(maximumTokensPerStep); it must exceed "
                    + "maximumRunningRequests (\(maximumRunningRequests)), so that prompts advance "
                    + "beside a full batch"
            )
        }
    }

    private func check(
        _ name: String,
        _ value: Int,
        least: Int = 1,
        most: Int
    ) throws(ModelError) {
        guard least...most ~= value else {
            throw ModelError("\(name) is \(value); it must be from \(least) to \(most)")
        }
    }
}
