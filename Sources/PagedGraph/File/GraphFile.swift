internal import SwiftProtobuf

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An ONNX file, as it is written.
///
///     let file = try GraphFile(path: "Models/tiny-paged/model.onnx")
///     let graph = ModelGraph(file)
///
/// Weights in other files are not touched. What ``ModelMessage`` does not name is kept.
package struct GraphFile: Equatable, Sendable {
    /// The content.
    package var message: ModelMessage

    /// Most bytes of a protobuf message.
    static let maximumByteCount = Int(Int32.max)

    /// Reads a file, mapped into memory.
    ///
    /// - Throws: an error that names the file and says what is wrong with it.
    package init(path: String) throws(GraphError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw GraphError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw GraphError("\(path) is not a file; name an .onnx file")
        }
        try Self.checkByteCount(Int(status.st_size), path: path)
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw GraphError("\(path) cannot be read; may this user read it?")
        }
        try self.init(bytes: bytes, name: path)
    }

    /// Reads the content of a file.
    ///
    /// - Parameter name: what errors call it.
    package init(bytes: Data, name: String) throws(GraphError) {
        do {
            message = try ModelMessage(serializedBytes: bytes)
        } catch BinaryDecodingError.truncated {
            throw GraphError(
                "\(name) is cut short, or no ONNX model: a field goes beyond the end, "
                    + "\(bytes.count) bytes; fetch or export it again"
            )
        } catch {
            throw GraphError("\(name) is no ONNX model: its bytes are no protobuf message")
        }
        let parts = [
            ("ir_version", message.hasIrVersion), ("graph", message.hasGraph),
            ("opset_import", !message.opsetImport.isEmpty),
        ]
        for (part, isThere) in parts where !isThere {
            throw GraphError("\(name) is cut short, or no ONNX model: it has no \(part)")
        }
    }

    /// Refuses sizes that no ONNX file has.
    package static func checkByteCount(_ count: Int, path: String) throws(GraphError) {
        guard count > 0 else { throw GraphError("\(path) is empty") }
        guard count <= maximumByteCount else {
            throw GraphError(
                "\(path) has \(count) bytes, a protobuf message at most \(maximumByteCount); "
                    + "export the model with its weights in a file of their own (external data)"
            )
        }
    }
}
