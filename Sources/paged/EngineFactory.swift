import PagedEngine
import PagedModel
import PagedSampling
import PagedServer
import PagedText

extension EngineOptions {
    /// Loads the model and starts its engine.
    func makeEngine() throws -> Engine {
        try makeEngine(folder: openFolder(), name: nil)
    }

    /// The engine with the model folder's tokenizer, chat template and search defaults.
    ///
    /// - Parameter name: what clients call the model; nil takes the folder's name.
    func makeService(name: String? = nil) throws -> ServedModel {
        let folder = try openFolder()
        let tokenizer = try folder.makeTokenizer()
        let (tokens, size) = (tokenizer.ordinarySize, folder.configuration.vocabularySize)
        guard tokens <= size else {
            throw CommandError(
                "\(folder.path)/genai_config.json: model.vocab_size must be at least \(tokens), "
                    + "the tokens of tokenizer.json, got \(size)"
            )
        }
        let template = try folder.makeTemplate()
        return ServedModel(
            generator: try makeEngine(folder: folder, name: name),
            tokenizer: tokenizer,
            chatTemplate: template,
            defaults: folder.configuration.search.samplingDefaults,
            maximumRequests: maxSequences + maxQueue
        )
    }

    private func openFolder() throws -> ModelFolder {
        try ModelFolder(path: model ?? BuiltInModel.path())
    }

    private func makeEngine(folder: ModelFolder, name: String?) throws -> Engine {
        var configuration = configuration
        configuration.modelName = name
        let engine = try Engine(folder: folder, configuration: configuration)
        for note in engine.notes {
            Terminal.note("note: \(note)")
        }
        return engine
    }
}

extension SearchConfiguration {
    /// The folder's own settings when they say `do_sample`, OpenAI's otherwise.
    fileprivate var samplingDefaults: SamplingParameters {
        var parameters = SamplingParameters.openAI
        guard doSample else { return parameters }
        parameters.temperature = Float(temperature ?? 1)
        parameters.topP = Float(topP ?? 1)
        parameters.topK = max(0, topK ?? 0)
        parameters.repetitionPenalty = Float(repetitionPenalty ?? 1)
        return parameters
    }
}
