/// Why a file is not a graph that can be read.
package struct GraphError: Error, CustomStringConvertible, Equatable {
    /// What is wrong, with which value, and what to do.
    package let description: String

    /// An error that says so.
    package init(_ description: String) {
        self.description = description
    }
}
