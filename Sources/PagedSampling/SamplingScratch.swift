/// Working space of samplers, shared by all that run one after the other.
///
/// Grows to the size of the vocabulary once and is then reused: four to eight bytes a token.
package struct SamplingScratch: Sendable {
    var logits = PaddedLogits()
    var distribution = Distribution()

    /// Empty working space.
    package init() {}
}
