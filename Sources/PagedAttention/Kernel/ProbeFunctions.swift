/// Measures of an instruction set's limits, as its module hands them out; see ``KernelFunctions``.
package struct ProbeFunctions: Sendable {
    /// `(rounds)`: multiplies and adds on registers; the result only keeps the work alive.
    package typealias Rounds = @convention(c) (Int) -> Float
    package typealias Operations = @convention(c) () -> Int

    /// Products in float32, and floating point operations of a round.
    package let multiplyAdd: Rounds
    package let operationsPerRound: Operations
    /// Products of pairs of bfloat16; the same as in float32 where the set has none.
    package let addPairs: Rounds
    package let pairOperationsPerRound: Operations
    /// `(memory, byte count)`: reads a multiple of 1024 bytes.
    package let read: @convention(c) (UnsafeRawPointer, Int) -> Float

    /// The probes of one module.
    package init(
        multiplyAdd: @escaping Rounds,
        operationsPerRound: @escaping Operations,
        addPairs: @escaping Rounds,
        pairOperationsPerRound: @escaping Operations,
        read: @escaping @convention(c) (UnsafeRawPointer, Int) -> Float
    ) {
        self.multiplyAdd = multiplyAdd
        self.operationsPerRound = operationsPerRound
        self.addPairs = addPairs
        self.pairOperationsPerRound = pairOperationsPerRound
        self.read = read
    }
}
