/// Why a JSON schema cannot be turned into a grammar, and where in it.
package struct SchemaError: Error, Equatable, Sendable {
    /// A JSON pointer, such as `/properties/age`; empty for the whole.
    package let place: String
    /// What is wrong, and what to do.
    package let problem: String

    /// Both.
    package var text: String { place.isEmpty ? problem : "\(place) \(problem)" }

    static let leftRecursion = SchemaError(
        place: "",
        problem: "refers to itself without a value in between."
    )
}
