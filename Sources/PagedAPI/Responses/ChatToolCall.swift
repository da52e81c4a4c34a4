/// A tool that the model wants called.
package struct ChatToolCall: Codable, Equatable, Sendable {
    /// Position among the calls of a streamed message; left out elsewhere.
    package var index: Int?
    /// What the message with the tool's answer names.
    package var id: String
    /// `function`
    package var type = "function"
    /// Which, with what.
    package var function: Function

    /// A function and its arguments.
    package struct Function: Codable, Equatable, Sendable {
        /// Which function.
        package var name: String
        /// JSON, as the model wrote it.
        package var arguments: String
    }

    /// A call.
    package init(index: Int? = nil, id: String, name: String, arguments: String) {
        self.index = index
        self.id = id
        function = Function(name: name, arguments: arguments)
    }
}
