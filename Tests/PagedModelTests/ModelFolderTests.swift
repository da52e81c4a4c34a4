import Foundation
import PagedModel
import Testing

@Suite("A model folder")
struct ModelFolderTests {
    @Test("has a name, a template and the texts of special tokens")
    func export() throws {
        let folder = try ModelFolder(path: Fixtures.folder + "/llama-paged-fp16/")
        #expect(folder.name == "llama-paged-fp16")
        #expect(folder.chatTemplate?.isEmpty == false)
        #expect(folder.bosText != nil)
        #expect(folder.eosText != nil)
        #expect(FileManager.default.fileExists(atPath: folder.tokenizerPath))
        #expect(FileManager.default.fileExists(atPath: folder.graphPath))
    }

    @Test("need not have a tokenizer or a template")
    func bare() throws {
        let folder = try Fixtures.model("nbits-paged")
        #expect(folder.chatTemplate == nil)
        #expect(folder.bosText == nil)
    }

    @Test("that does not exist is refused by its path")
    func missing() {
        let error = #expect(throws: ModelError.self) { try ModelFolder(path: "/no/such/folder") }
        #expect(error?.description == "model folder /no/such/folder does not exist")
    }

    @Test("without genai_config.json is refused")
    func noConfiguration() {
        let error = #expect(throws: ModelError.self) { try ModelFolder(path: Fixtures.folder) }
        #expect(error?.description.hasSuffix("it has no genai_config.json") == true)
    }

    @Test(
        "whose graph is not named as a file inside of it is refused",
        arguments: ["", "/etc/passwd", "../nbits-paged/model.onnx", "a/../model.onnx", "a\\u0000b"]
    )
    func graphOutside(name: String) throws {
        let folder = try Fixtures.copy(
            of: "nbits-paged",
            replacing: #""model.onnx""#,
            with: "\"\(name)\""
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let error = #expect(throws: ModelError.self) { try ModelFolder(path: folder.path) }
        #expect(error?.description.contains("model.decoder.filename") == true)
    }

    @Test("whose graph is a folder is refused")
    func graphIsFolder() throws {
        let folder = try Fixtures.copy(
            of: "nbits-paged",
            replacing: #""model.onnx""#,
            with: #"".""#
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let error = #expect(throws: ModelError.self) { try ModelFolder(path: folder.path) }
        #expect(error?.description.contains("is not a file") == true)
    }

    @Test("may keep its template in tokenizer_config.json")
    func templateInConfiguration() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        try FileManager.default.copyItem(
            atPath: Fixtures.folder + "/nbits-paged",
            toPath: folder.path
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = """
            {"bos_token": {"content": "<s>"}, "eos_token": "</s>",
             "chat_template": [{"name": "tools", "template": "T"},
                               {"name": "default", "template": "D"}]}
            """
        try text.write(
            to: folder.appendingPathComponent("tokenizer_config.json"),
            atomically: true,
            encoding: .utf8
        )
        let read = try ModelFolder(path: folder.path)
        #expect(read.chatTemplate == "D")
        #expect(read.bosText == "<s>")
        #expect(read.eosText == "</s>")
    }
}
