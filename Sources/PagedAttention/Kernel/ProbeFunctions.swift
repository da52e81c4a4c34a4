/// Measures of an instruction set's limits, as its module hands them out; see ``KernelFunctions``.
package struct ProbeFunctions: Sendable {
    /// `(rounds)`: multiplies and adds on registers; the result only keeps the work alive.
    package let multiplyAdd: @convention(c) (Int) -> Float
    /// Floating point operations of a round.
    package let operationsPerRound: @convention(c) () -> Int
    /// `(memory, byte count)`: reads a multiple of 1024 bytes.
    package let read: @convention(c) (UnsafeRawPointer, Int) -> Float

    /// The probes of one module.
    package init(
        multiplyAdd: @escaping @convention(c) (Int) -> Float,
        operationsPerRound: @escaping @convention(c) () -> Int,
        read: @escaping @convention(c) (UnsafeRawPointer, Int) -> Float
    ) {
        self.multiplyAdd = multiplyAdd
        self.operationsPerRound = operationsPerRound
        self.read = read
    }
}
