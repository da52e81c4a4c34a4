import Foundation
import PagedModel
import PagedRuntime

/// The folders and files in `Tests/Fixtures`.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures").path

    static func model(_ name: String) throws -> ModelFolder {
        try ModelFolder(path: folder + "/" + name)
    }

    /// A copy of a fixture's folder, whose `genai_config.json` has `other` in place of `text`.
    static func copy(
        of name: String,
        replacing text: String,
        with other: String
    ) throws -> URL {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        try FileManager.default.copyItem(atPath: folder + "/" + name, toPath: copy.path)
        let file = copy.appendingPathComponent("genai_config.json")
        let json = try String(contentsOf: file, encoding: .utf8)
        let changed = json.replacingOccurrences(of: text, with: other)
        precondition(changed != json, "\(name) has no \(text)")
        try changed.write(to: file, atomically: true, encoding: .utf8)
        return copy
    }

    /// A fixture's model, loaded with small limits.
    static func decoder(
        _ name: String,
        blockSize: Int = 16,
        blockCount: Int = 128,
        ownProducts: Bool = true,
        threads: Int = 2
    ) throws -> PagedDecoderModel {
        try decoder(
            model(name),
            blockSize: blockSize,
            blockCount: blockCount,
            ownProducts: ownProducts,
            threads: threads
        )
    }

    /// The model of a folder, loaded with small limits.
    static func decoder(
        _ folder: ModelFolder,
        blockSize: Int = 16,
        blockCount: Int = 128,
        ownProducts: Bool = true,
        threads: Int = 2
    ) throws -> PagedDecoderModel {
        try PagedDecoderModel(
            folder: folder,
            library: OnnxRuntimeLibrary.load(path: nil),
            options: DecoderOptions(
                blockCount: blockCount,
                blockSize: blockSize,
                ownProducts: ownProducts,
                threads: threads,
                maximumTokensPerStep: 256,
                maximumSequences: 24
            )
        )
    }

    /// A prompt and what a float32 model without paging says after it.
    struct Continuation: Decodable {
        let prompt: [Int32]
        let greedy: [Int32]
    }

    /// What the models in `genai` say, by their names.
    static func genaiContinuations() throws -> [String: [Continuation]] {
        let url = URL(fileURLWithPath: folder + "/genai/greedy.json")
        return try JSONDecoder().decode([String: [Continuation]].self, from: Data(contentsOf: url))
    }

    static func continuations() throws -> [Continuation] {
        struct File: Decodable {
            let cases: [Continuation]
        }
        let url = URL(fileURLWithPath: folder + "/llama-paged-greedy.json")
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).cases
    }
}
