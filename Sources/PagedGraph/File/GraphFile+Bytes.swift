internal import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension GraphFile {
    /// A file that nobody has written yet.
    package init(message: ModelMessage) {
        self.message = message
    }

    /// The content as the bytes of a file; what was read and not changed keeps its meaning.
    ///
    /// - Throws: an error with the number of bytes where a protobuf message cannot have so many.
    package func bytes() throws(GraphError) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            throw GraphError("the model is too large for one protobuf message: \(error)")
        }
    }
}
