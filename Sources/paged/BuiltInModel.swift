import Foundation

/// Where the model that comes with the project is.
enum BuiltInModel {
    private static let place = "Models/tiny-paged"

    /// The model's folder, seen from the current folder or from a folder above the executable.
    static func path() throws -> String {
        let files = FileManager.default
        var folders = [URL(fileURLWithPath: files.currentDirectoryPath)]
        var above = Bundle.main.executableURL?.resolvingSymlinksInPath()
        for _ in 0..<6 {
            above = above?.deletingLastPathComponent()
            if let above { folders.append(above) }
        }
        for folder in folders {
            let path = folder.appendingPathComponent(place).path
            if files.fileExists(atPath: path + "/genai_config.json") { return path }
        }
        throw CommandError("the built-in model \(place) is not here; name a folder with --model")
    }
}

/// What keeps a command from going on, in one line.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
