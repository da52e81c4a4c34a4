package import PagedEngine
package import PagedSampling
package import PagedText

/// A model with everything that turns text into tokens and back.
package struct ServedModel: Sendable {
    /// Tokens in, events out.
    package let generator: any TokenGenerator
    /// Text to tokens and back.
    package let tokenizer: Tokenizer
    /// Conversations to text; nil when the model has no template.
    package let chatTemplate: ChatTemplate?
    /// What a request gets that does not say: of use are temperature, top-p, top-k and min-p.
    ///
    /// A model folder whose search settings say `do_sample` gives its own; every other model gets
    /// OpenAI's, temperature 1 and no filter.
    package let defaults: SamplingParameters
    /// Most requests that the engine holds, running and waiting; nil when that is not known.
    package let maximumRequests: Int?
    /// What each token stands for.
    let tokenTexts: TokenTexts

    /// A model and its text layer. Looks at each token once.
    package init(
        generator: any TokenGenerator,
        tokenizer: Tokenizer,
        chatTemplate: ChatTemplate?,
        defaults: SamplingParameters = .openAI,
        maximumRequests: Int? = nil
    ) {
        self.generator = generator
        self.tokenizer = tokenizer
        self.chatTemplate = chatTemplate
        self.defaults = defaults
        self.maximumRequests = maximumRequests
        tokenTexts = TokenTexts(tokenizer)
    }

    /// The name that requests use.
    package var name: String { generator.model.name }

    /// Most tokens of prompt and output together: the model's limit, or the whole cache if that is
    /// less.
    package var maximumSequenceLength: Int {
        let statistics = generator.statistics()
        let places = statistics.blockCount * statistics.blockSize
        let limit = generator.model.maximumSequenceLength
        return places > 0 ? min(limit, places) : limit
    }
}

extension ServedModel {
    /// Checks that a request is meant for this model; one without a name is.
    func checkName(_ wanted: String?) throws(APIError) {
        if let wanted, wanted != name { throw .unknownModel(wanted, served: name) }
    }
}

extension SamplingParameters {
    /// OpenAI's defaults: temperature 1, no filter.
    package static var openAI: SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = 1
        return parameters
    }
}
