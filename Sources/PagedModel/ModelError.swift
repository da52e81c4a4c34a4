/// Why a model folder cannot be used, or a step of a model failed, in words for whoever chose it.
package struct ModelError: Error, CustomStringConvertible, Equatable {
    /// What is wrong, with which value, and what to do.
    package let description: String

    /// An error that says so.
    package init(_ description: String) {
        self.description = description
    }
}
