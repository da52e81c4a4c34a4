internal import PagedAttention
internal import PagedGraph
internal import PagedRuntime

/// The parts of a decoder: its graph in ONNX Runtime, and all the memory that steps need.
struct LoadedDecoder {
    let served: ServedGraph
    let graph: DecoderGraph
    let layout: CacheLayoutDescription
    let binding: Binding
    let cache: CacheTensors
    let inputs: StepTensors

    init(
        _ folder: ModelFolder,
        _ library: OnnxRuntimeLibrary,
        _ options: DecoderOptions,
        contextLength: Int
    ) throws(ModelError) {
        let configuration = folder.configuration
        let served = try folder.servedGraph(
            cacheType: options.cacheType,
            ownProducts: options.ownProducts
        )
        self.served = served
        do {
            let session = try Session(served, of: folder, library: library, options: options)
            graph = try DecoderGraph(
                inputs: session.inputs,
                outputs: session.outputs,
                configuration: configuration
            )
            layout = try CacheLayoutDescription(
                graph: graph,
                configuration: configuration,
                options: options
            )
            binding = try Binding(session: session)
            cache = try CacheTensors(
                graph: graph,
                layout: layout,
                binding: binding,
                library: library
            )
            inputs = try StepTensors(
                graph: graph,
                options: options,
                width: layout.blocks(for: contextLength),
                library: library
            )
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError("\(folder.path): \(error)")
        }
    }
}

extension Session {
    /// Loads the graph that is served of a folder, from its file or, changed, from memory.
    fileprivate convenience init(
        _ served: ServedGraph,
        of folder: ModelFolder,
        library: OnnxRuntimeLibrary,
        options: DecoderOptions
    ) throws {
        var session = SessionOptions()
        let settings = folder.configuration.decoder.session
        session.intraOpThreads = options.threads ?? settings.threads
        session.optimizationLevel = settings.optimizationLevel
        session.logSeverity = settings.logSeverity
        session.usesArena = settings.usesArena ?? true
        session.entries = settings.entries
        if let threads = options.threads, !(1...1024).contains(threads) {
            throw ModelError("threads must be from 1 to 1024, got \(threads)")
        }
        guard served.isChanged else {
            try self.init(library: library, modelPath: folder.graphPath, options: session)
            return
        }
        session.weightsFolder = served.weights.folder
        try self.init(
            library: library,
            model: served.weights.resolved(served.file).bytes(),
            name: folder.graphPath,
            options: session
        )
    }
}
