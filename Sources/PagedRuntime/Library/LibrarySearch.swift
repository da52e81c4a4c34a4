#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Where `libonnxruntime.so` is looked for. This is the one place that says so.
///
/// With a path: that file, or the library in that folder, and nothing else. Without one, in order:
///
/// 1. the folder of the running executable,
/// 2. `build/onnxruntime/lib` in that folder and in each folder above it,
/// 3. the system's own search (`LD_LIBRARY_PATH`, `/etc/ld.so.conf`, `/usr/lib`).
///
/// The current folder is never searched: what is loaded must not depend on where one happens to be.
struct LibrarySearch {
    /// Names in order of preference.
    static let names = ["libonnxruntime.so.1", "libonnxruntime.so", "libonnxruntime.dylib"]

    /// Folders and names that were tried, for the message when nothing is found.
    private(set) var places: [String] = []

    /// What to give to the loader, best first.
    private(set) var candidates: [String] = []

    /// A search for what the caller asked for.
    init(path: String?, executable: String?) {
        if let path {
            if isFolder(path) {
                add(folder: path)
            } else {
                places = [path]
                candidates = isFile(path) ? [path] : []
            }
            return
        }
        if let executable {
            var folder = parent(of: executable)
            add(folder: folder)
            while true {
                add(
                    folder: folder == "/"
                        ? "/build/onnxruntime/lib" : folder + "/build/onnxruntime/lib"
                )
                if folder == "/" || folder.isEmpty { break }
                folder = parent(of: folder)
            }
        }
        places.append("the system's library folders")
        candidates += Self.names
    }

    private mutating func add(folder: String) {
        places.append(folder)
        if let name = Self.names.first(where: { isFile(folder + "/" + $0) }) {
            candidates.append(folder + "/" + name)
        }
    }

    /// The running executable's path; nil where the system does not say.
    static var executable: String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return CommandLine.arguments.first }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

private func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

private func isFolder(_ path: String) -> Bool {
    mode(of: path) == S_IFDIR
}

private func isFile(_ path: String) -> Bool {
    mode(of: path) == S_IFREG
}

private func mode(of path: String) -> mode_t {
    var information = stat()
    return stat(path, &information) == 0 ? information.st_mode & S_IFMT : 0
}
