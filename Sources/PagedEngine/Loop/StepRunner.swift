package import PagedBatching

/// What the engine's loop needs of a model: run one step, then read rows of logits.
///
/// Owned by the engine's thread: no other thread calls it after the engine has started.
package protocol StepRunner: AnyObject {
    /// Number of values in a row of logits.
    var vocabularySize: Int { get }

    /// Computes the step. Logits stay readable until the next call. A step may be run again, in
    /// whole or row by row, with the same results.
    func run(_ inputs: borrowing StepInputs) throws

    /// Calls `body` with the logits of the step's `row`-th `logitsIndices` entry.
    func withLogits<Result>(
        row: Int,
        _ body: (UnsafeBufferPointer<Float>) -> Result
    ) -> Result
}
