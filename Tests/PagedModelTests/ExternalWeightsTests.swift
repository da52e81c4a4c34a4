import Foundation
import PagedGraph
import PagedModel
import PagedRuntime
import Testing

@Suite("Weights beside a graph")
struct ExternalWeightsTests {
    @Test("are found through links, as model caches have them")
    func links() throws {
        let folder = try Folder()
        defer { folder.remove() }
        for name in ["model.onnx", "model.onnx.data"] {
            let blob = folder.path + "/../blob-" + UUID().uuidString
            try FileManager.default.moveItem(atPath: folder.path + "/" + name, toPath: blob)
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/" + name,
                withDestinationPath: blob
            )
        }
        let decoder = try Fixtures.decoder(ModelFolder(path: folder.path))
        let expected = try #require(Fixtures.genaiContinuations()["llama-int4"])[0]
        let tokens = try decoder.greedy(
            expected.prompt,
            count: expected.greedy.count,
            blocks: [0, 1]
        )
        #expect(tokens == expected.greedy)
    }

    @Test("that are not there are named, with their file")
    func missing() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try FileManager.default.removeItem(atPath: folder.path + "/model.onnx.data")
        let error = folder.refusal()
        #expect(error?.hasPrefix("weight model.embed_tokens.weight is in") == true)
        #expect(error?.contains("model.onnx.data, which is not there") == true)
    }

    @Test("that are cut short are refused with the places")
    func short() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/model.onnx.data"))
        try data.prefix(1000).write(to: URL(fileURLWithPath: folder.path + "/model.onnx.data"))
        #expect(folder.refusal()?.contains("which has 1000") == true)
    }

    @Test(
        "outside of the folder, or at places that cannot be, are refused",
        arguments: [
            ("location", "../model.onnx.data"), ("location", "/etc/passwd"), ("offset", "-4"),
            ("length", "12"), ("offset", "9223372036854775807"), ("length", "many"),
        ]
    )
    func places(key: String, value: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        var file = try GraphFile(path: folder.path + "/model.onnx")
        for index in file.message.graph.initializer[0].externalData.indices
        where file.message.graph.initializer[0].externalData[index].key == key {
            file.message.graph.initializer[0].externalData[index].value = value
        }
        try Data(file.bytes()).write(to: URL(fileURLWithPath: folder.path + "/model.onnx"))
        #expect(folder.refusal()?.contains("weight model.embed_tokens.weight") == true)
    }
}

/// A copy of a fixture that may be changed.
private struct Folder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())").path

    init() throws {
        try FileManager.default.copyItem(
            atPath: Fixtures.folder + "/genai/llama-int4",
            toPath: path
        )
    }

    func refusal() -> String? {
        #expect(throws: ModelError.self) { try ModelFolder(path: path).servedGraph() }?.description
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
