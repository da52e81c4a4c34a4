import Foundation
import PagedGraph
import PagedModel

/// A model folder that is about to be written: the graph paged, all other files as they were.
struct ConvertedFolder {
    /// The paged graph.
    var file: GraphFile
    private let folder: ModelFolder
    private let target: String
    private let weights: [String]

    /// - Throws: an error when the folder is there already, or why the graph cannot be converted.
    init(of folder: ModelFolder, at target: String) throws {
        guard !FileManager.default.fileExists(atPath: target) else {
            throw CommandError("\(target) exists already; name a folder that does not")
        }
        let served = try folder.servedGraph(ownProducts: false)
        file = served.file
        weights = served.weights.locations
        self.folder = folder
        self.target = target
    }

    /// Writes everything beside the target, then gives it its name: a folder that is there is whole.
    func write() throws {
        let files = FileManager.default
        let partial = target + ".partial-\(ProcessInfo.processInfo.processIdentifier)"
        do {
            try files.createDirectory(atPath: partial, withIntermediateDirectories: true)
            try copyFiles(to: partial)
            let graph = URL(fileURLWithPath: partial + "/" + folder.configuration.decoder.fileName)
            try files.createDirectory(
                at: graph.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(file.bytes()).write(to: graph)
            try PagedConfiguration(folder, graph: ModelGraph(file)).json()
                .write(to: URL(fileURLWithPath: partial + "/genai_config.json"))
            try files.moveItem(atPath: partial, toPath: target)
        } catch {
            try? files.removeItem(atPath: partial)
            throw error
        }
    }

    /// Copies the weights that the graph names, and whatever else lies in the folder but graphs.
    private func copyFiles(to partial: String) throws {
        let others = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { !$0.contains(".onnx") && $0 != "genai_config.json" && !weights.contains($0) }
        for name in weights + others.sorted() {
            let source = URL(fileURLWithPath: folder.path + "/" + name).resolvingSymlinksInPath()
            let copy = URL(fileURLWithPath: partial + "/" + name)
            try FileManager.default.createDirectory(
                at: copy.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try FileManager.default.copyItem(at: source, to: copy)
        }
    }
}
