import ArgumentParser
import Foundation
import PagedGraph
import PagedModel
import PagedRuntime
import PagedText

/// `paged convert`
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model folder whose attention is paged, with caches of a chosen type.",
        discussion: """
            Models that onnxruntime-genai exported for CPU are converted while they are served too; \
            a converted folder starts a little sooner, runs in any program with the plugin, and can \
            have caches of int8, fp8 or int4, whose scales come from running the model over a text. \
            Weights are copied as they are.
            """
    )

    @Argument(help: "A model folder of onnxruntime-genai's builder.")
    var source: String

    @Argument(help: "The folder to make; must not exist.")
    var target: String

    @Option(
        help: ArgumentHelp(
            "What the caches hold: f32, f16, bf16, int8, fp8 or int4. (default: the model's type)",
            valueName: "type"
        )
    )
    var cacheType: String?

    @Option(
        help: ArgumentHelp(
            "A text like those that will be served, for the scales of int8, fp8 and int4 caches.",
            valueName: "file"
        )
    )
    var calibrate: String?

    @Option(help: "Most tokens of the text to run.")
    var calibrationTokens = 8192

    @Option(help: "libonnxruntime.so, or its folder, for --calibrate. (default: searched for)")
    var onnxruntime: String?

    @Option(help: "Threads for --calibrate. (default: one per processor)")
    var threads: Int?

    func validate() throws {
        try EngineOptions.check("--calibration-tokens", calibrationTokens)
        if let threads { try EngineOptions.check("--threads", threads, 1...1024) }
        if calibrate != nil && cacheType == nil {
            throw ValidationError("--calibrate needs --cache-type int8, fp8 or int4.")
        }
    }

    func run() throws {
        let type = try cacheType.map(CacheType.init(named:))
        if let type, type.largestCode == nil, calibrate != nil {
            throw CommandError("--calibrate: \(type.rawValue) caches have no scales; leave it out")
        }
        let folder = try ModelFolder(path: source)
        var converted = try ConvertedFolder(of: folder, at: target)
        if let type {
            let magnitudes = try calibrate.map { try self.magnitudes(folder, text: $0) } ?? [:]
            try converted.file.setCacheType(type, magnitudes: magnitudes)
        }
        try converted.write()
        Terminal.note("\(target) is written; serve it with: paged serve \(target)")
    }

    /// What the caches hold when the model reads the text.
    private func magnitudes(
        _ folder: ModelFolder,
        text path: String
    ) throws -> [String: CacheMagnitudes] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError("--calibrate \(path): cannot be read")
        }
        let tokens = try folder.makeTokenizer().encode(
            String(decoding: data, as: UTF8.self),
            addSpecialTokens: true,
            parseSpecialTokens: true
        )
        guard !tokens.isEmpty else { throw CommandError("--calibrate \(path): has no text") }
        let part = Array(tokens.prefix(calibrationTokens))
        Terminal.note("calibrating with \(part.count) of \(tokens.count) tokens of \(path)")
        let library = try OnnxRuntimeLibrary.load(path: onnxruntime)
        return try Calibration(folder: folder, library: library, threads: threads)
            .magnitudes(of: part)
    }
}
