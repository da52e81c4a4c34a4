#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A folder that onnxruntime-genai's builder exported: graph, configuration, tokenizer, template.
///
///     let folder = try ModelFolder(path: "Models/tiny-paged")
///     folder.configuration.contextLength  // 512
package struct ModelFolder: Sendable {
    /// Where the folder is.
    package let path: String
    /// Its last path component: what clients call the model unless told otherwise.
    package let name: String
    /// `genai_config.json`.
    package let configuration: ModelConfiguration
    /// The Jinja source of `chat_template.jinja`, or of `tokenizer_config.json`; nil without one.
    package let chatTemplate: String?
    /// The text of the token that begins a sequence, from `tokenizer_config.json`.
    package let bosText: String?
    /// The text of the token that ends a sequence, from `tokenizer_config.json`.
    package let eosText: String?

    /// Reads everything of the folder but the graph and the tokenizer.
    ///
    /// - Throws: an error that names the file, and the key where a file is not understood.
    package init(path: String) throws(ModelError) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ModelError("model folder \(path) does not exist")
        }
        let trimmed = path.reversed().drop { $0 == "/" }
        name = String(trimmed.prefix { $0 != "/" }.reversed())
        self.path = path
        guard let json = Self.contents(of: path + "/genai_config.json") else {
            throw ModelError("\(path) is not a model folder: it has no genai_config.json")
        }
        configuration = try ModelConfiguration(json: [UInt8](json))
        let tokenizer = try TokenizerConfiguration(
            json: Self.contents(of: path + "/tokenizer_config.json")
        )
        bosText = tokenizer.bosText
        eosText = tokenizer.eosText
        let file = Self.contents(of: path + "/chat_template.jinja")
        chatTemplate = file.map { String(decoding: $0, as: UTF8.self) } ?? tokenizer.chatTemplate
        try checkGraph()
    }

    /// Checks that the graph's name stays in the folder, and that it is a file. Links are followed:
    /// model caches are made of them.
    private func checkGraph() throws(ModelError) {
        let file = configuration.decoder.fileName
        let components = file.split(separator: "/")
        guard
            !components.isEmpty, !file.hasPrefix("/"), !components.contains(".."),
            !file.utf8.contains(0)
        else {
            throw ModelError(
                "genai_config.json: model.decoder.filename must name a file inside of \(path), "
                    + "got \"\(file)\""
            )
        }
        guard FileManager.default.fileExists(atPath: graphPath) else {
            throw ModelError("\(path) has no \(file), which its genai_config.json names")
        }
        var status = stat()
        guard stat(graphPath, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ModelError("\(graphPath), which genai_config.json names, is not a file")
        }
    }

    /// The graph's file.
    package var graphPath: String { path + "/" + configuration.decoder.fileName }

    /// `tokenizer.json`, whether or not it is there.
    package var tokenizerPath: String { path + "/tokenizer.json" }

    private static func contents(of path: String) -> Data? {
        FileManager.default.contents(atPath: path)
    }
}
