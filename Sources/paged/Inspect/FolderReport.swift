import PagedGraph
import PagedModel

/// `paged inspect folder`: the model, its text, its cache, whether it would run, then its graph.
struct FolderReport: Report {
    let folder: String
    let model: ModelReport
    /// Bytes of the files with weights; nil if the graph is not served.
    let weightBytes: Int?
    let tokenizer: TextReport
    let chatTemplate: TextReport
    /// Nil for a graph that no cache can be made for.
    let cache: CacheReport?
    /// Why `paged serve` and `paged generate` would not run it; empty if they would.
    private(set) var refusals: [String]
    /// What of the folder is not used, and what happens instead.
    let notes: [String]
    let graph: GraphReport

    init(_ folder: ModelFolder) throws {
        let configuration = folder.configuration
        self.folder = folder.path
        model = ModelReport(configuration)
        tokenizer = TextReport(tokenizerOf: folder)
        chatTemplate = TextReport(templateOf: folder)
        refusals = [tokenizer.refusal, chatTemplate.refusal].compactMap(\.self)
        var served: ServedGraph?
        do throws(ModelError) {
            served = try folder.servedGraph()
        } catch {
            refusals.append(error.description)
        }
        weightBytes = served?.weights.byteCount
        let modelGraph = ModelGraph(try served?.file ?? GraphFile(path: folder.graphPath))
        graph = GraphReport(path: folder.graphPath, modelGraph)
        do throws(ModelError) {
            let cache = try served.map { _ throws(ModelError) in
                try CacheReport(modelGraph, configuration)
            }
            notes =
                (served?.notes ?? [])
                + (cache.map { configuration.notes(layout: $0.layout, options: $0.options) } ?? [])
            self.cache = cache
            guard cache != nil else { return }
            refusals += graph.attention.compactMap { group in
                group.outcome.refusal.map { "\(group.place): \($0)" }
            }
        } catch {
            cache = nil
            notes = []
            refusals.append(error.description)
        }
    }

    var rendered: String {
        var rows = Rows()
        rows.add(title: folder)
        model.add(to: &rows)
        rows.add(
            "weights",
            weightBytes.map { "\(ByteCount($0).rounded) in files beside the graph" }
        )
        rows.add("tokenizer", tokenizer.text)
        rows.add("chat template", chatTemplate.text)
        cache?.add(to: &rows)
        rows.add("runs", refusals.isEmpty ? ["yes, with paged serve and paged generate"] : ["no"])
        rows.add("because", refusals)
        rows.add("notes", notes)
        rows.addSpace()
        rows.add(title: graph.path)
        graph.add(to: &rows)
        return rows.text
    }
}

/// What `genai_config.json` says of a model.
struct ModelReport: Encodable {
    let type: String?
    let contextLength: Int
    let vocabularySize: Int
    let layerCount: Int
    let headCount: Int
    let keyValueHeadCount: Int
    let headSize: Int
    let endOfSequenceTokens: [Int32]

    init(_ configuration: ModelConfiguration) {
        type = configuration.type
        contextLength = configuration.contextLength
        vocabularySize = configuration.vocabularySize
        layerCount = configuration.decoder.layerCount
        headCount = configuration.decoder.headCount
        keyValueHeadCount = configuration.decoder.keyValueHeadCount
        headSize = configuration.decoder.headSize
        endOfSequenceTokens = configuration.eosTokens
    }

    func add(to rows: inout Rows) {
        rows.add(
            "model",
            "\(type ?? "no type"), \(counted(layerCount, "layer")), \(headCount) query and "
                + "\(keyValueHeadCount) key/value heads of \(headSize)"
        )
        let ends = endOfSequenceTokens.map(String.init).joined(separator: ", ")
        rows.add(
            "sequences",
            "context \(contextLength), vocabulary \(vocabularySize), "
                + "end-of-sequence tokens: \(ends.isEmpty ? "none" : ends)"
        )
    }
}
