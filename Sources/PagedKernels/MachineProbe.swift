internal import PagedAttention

/// What one core of the machine does at most, measured when asked: the yardstick of benchmarks.
public struct MachineProbe {
    private let functions: ProbeFunctions
    private let memory: UnsafeMutableRawPointer
    private static let byteCount = 1 << 28

    /// A probe with the instructions of a set, and memory of its own that no cache holds.
    public init(_ instructionSet: InstructionSet = .best) {
        functions = Self.functions(instructionSet)
        memory = .allocate(byteCount: Self.byteCount, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.byteCount)
    }

    /// Frees the memory.
    public func deallocate() { memory.deallocate() }

    /// Seconds for so many floating point operations on registers.
    ///
    /// - Parameter inPairs: whether products are of pairs of bfloat16 where the set has them, as
    ///   ``KernelRecord/multipliesPairs`` says of a kernel.
    public func seconds(operations: Double, inPairs: Bool = false) -> Double {
        let rounds = 40_000
        let body = inPairs ? functions.addPairs : functions.multiplyAdd
        let perRound =
            inPairs ? functions.pairOperationsPerRound() : functions.operationsPerRound()
        let time = Self.time { keep(body(rounds)) }
        return time * operations / Double(rounds * perRound)
    }

    /// Seconds for reading so many bytes of memory in order.
    public func seconds(bytes: Double) -> Double {
        let time = Self.time { keep(functions.read(memory, Self.byteCount)) }
        return time * bytes / Double(Self.byteCount)
    }

    private static func time(_ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        return clock.measure(body) / .seconds(1)
    }

    /// A result that nobody looks at, but that the compiler must not drop.
    @inline(never)
    private func keep(_ result: Float) {
        if result == .pi { print(result) }
    }

    private static func functions(_ set: InstructionSet) -> ProbeFunctions {
        let module = KernelModule.all.first { $0.instructionSet == set }
        return (module ?? KernelModule.baseline).probes
    }
}
