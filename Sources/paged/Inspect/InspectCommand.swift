import ArgumentParser
import Foundation
import PagedGraph
import PagedModel

/// `paged inspect`
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a model's attention needs, which kernels serve it here, and why.",
        discussion: """
            Reads the graph and, of a model folder, the configuration, the tokenizer and the chat \
            template. Weights are not read and nothing is run. The choice shown is the automatic \
            one, without ONNX Runtime's switches such as ORT_DISABLE_FLASH_ATTENTION.
            """
    )

    @Argument(help: "An .onnx file or a model folder. (default: the built-in model)")
    var model: String?

    @Flag(help: "List the kernels of this build instead, and the choice on this processor.")
    var kernels = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if kernels && model != nil {
            throw ValidationError("--kernels takes no MODEL: the list does not depend on it.")
        }
    }

    func run() throws {
        if kernels { return try write(KernelsReport()) }
        let path = try model ?? BuiltInModel.path()
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandError("\(path) does not exist; name an .onnx file or a model folder")
        }
        if isFolder.boolValue {
            try write(FolderReport(ModelFolder(path: path)))
        } else {
            try write(GraphReport(path: path))
        }
    }

    private func write(_ report: some Report) throws {
        guard json else { return Terminal.write(report.rendered) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        Terminal.write(String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
    }
}

/// What `paged inspect` prints: as text, or as the JSON of its properties.
protocol Report: Encodable {
    /// Lines of at most 120 columns.
    var rendered: String { get }
}
