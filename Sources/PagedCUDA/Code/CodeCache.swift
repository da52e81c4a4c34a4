#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Compiled kernels in files of the user, so that each is compiled once on a machine.
///
/// A file is named after a hash of everything that the code depends on, and begins with
///
///     swift-paged-attention code 1
///     decode128-float16-int8, sources d91cac656f4a98a8, --gpu-architecture=sm_80 ...
///     87432 1f0c... (bytes that follow, and their hash)
///
/// Writing replaces whole files, so that several processes may share the folder; a file that is
/// damaged or of something else is removed. That nothing can be written is no error.
package struct CodeCache: Sendable {
    private static let title = "swift-paged-attention code 1"
    private let folder: String

    /// A cache in a folder, which is made when something is stored.
    package init(folder: String) { self.folder = folder }

    /// `$XDG_CACHE_HOME/swift-paged-attention`, or that in `~/.cache`; nil where neither is known.
    package static let standard: CodeCache? = {
        func variable(_ name: String) -> String? {
            guard let value = getenv(name), value.pointee != 0 else { return nil }
            return String(cString: value)
        }
        let parent = variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }
        return parent.map { CodeCache(folder: $0 + "/swift-paged-attention") }
    }()

    /// What is stored for a unit, compiler and options; nil if it is not there.
    func code(_ unit: KernelUnit, _ key: String) -> [UInt8]? {
        let path = path(unit, key)
        guard let bytes = Self.read(path) else { return nil }
        if let code = Self.decode(bytes, key) { return code }
        unlink(path)
        return nil
    }

    /// Stores code, or leaves things as they are.
    func store(_ code: [UInt8], _ unit: KernelUnit, _ key: String) {
        Self.makeFolders(folder)
        var name = Array((path(unit, key) + ".XXXXXX").utf8CString)
        let file = mkstemp(&name)
        guard file >= 0 else { return }
        let head = "\(Self.title)\n\(key)\n\(code.count) \(Self.hash(code))\n"
        let isWritten = Self.write(Array(head.utf8) + code, to: file)
        close(file)
        if !isWritten || rename(name, path(unit, key)) != 0 { unlink(name) }
    }

    /// Removes what turned out to be useless.
    func discard(_ unit: KernelUnit, _ key: String) { unlink(path(unit, key)) }

    private func path(_ unit: KernelUnit, _ key: String) -> String {
        "\(folder)/\(unit.name)-\(Self.hash(Array(key.utf8)))"
    }

    private static func decode(_ bytes: [UInt8], _ key: String) -> [UInt8]? {
        let lines = bytes.split(separator: 10, maxSplits: 3, omittingEmptySubsequences: false)
        guard lines.count == 4, lines[0].elementsEqual(title.utf8),
            lines[1].elementsEqual(key.utf8)
        else { return nil }
        let code = Array(lines[3])
        return lines[2].elementsEqual("\(code.count) \(hash(code))".utf8) ? code : nil
    }

    private static func hash(_ bytes: [UInt8]) -> String {
        var digest = Digest()
        bytes.withUnsafeBytes { digest.add($0) }
        return String(digest.value, radix: 16)
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unistdRead(file, &part)
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes += part.prefix(count)
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { unistdWrite(file, $0, from: done) }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Makes a folder and those above it, for the user alone.
    private static func makeFolders(_ path: String) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            mkdir(String(path[..<end]), 0o700)
        }
    }
}

private func unistdRead(_ file: Int32, _ part: inout [UInt8]) -> Int {
    part.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
}

private func unistdWrite(_ file: Int32, _ bytes: UnsafeRawBufferPointer, from: Int) -> Int {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[from...])
    return write(file, rest.baseAddress, rest.count)
}
