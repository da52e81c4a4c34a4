import PagedAttention
import PagedCases
import PagedKernels
import Testing

/// Properties that hold bit by bit, for every kernel that this processor can run.
@Suite struct InvarianceTests {
    /// Cases in which every feature of the arithmetic occurs.
    static let cases: [AttentionCase] = {
        let plain = AttentionCase(lengths: [.init(past: 37, new: 100), .init(past: 0, new: 35)])
        let changes: [(inout AttentionCase) -> Void] = [
            { _ in },
            { ($0.heads, $0.keyValueHeads, $0.headSize) = (3, 3, 40) },
            { ($0.heads, $0.keyValueHeads, $0.headSize) = (7, 1, 80) },
            { ($0.window, $0.softcap, $0.rotary) = (23, 4, .half) },
            { ($0.hasNorm, $0.rotary, $0.hasSink) = (true, .interleaved, true) },
            { ($0.heads, $0.keyValueHeads, $0.isPacked) = (24, 2, true) },
        ]
        return changes.map { plain.with($0) }
    }()

    static let kernels = ConformanceCases.kernels

    private func variants(_ kernel: KernelRecord) -> [AttentionCase] {
        Self.cases.map { c in
            c.with {
                $0.activation = kernel.activationType
                $0.cache = kernel.cacheType
            }
        }
    }

    @Test(arguments: kernels)
    func `Tokens one at a time give the same bits as all at once`(_ kernel: KernelRecord) throws {
        for c in variants(kernel) {
            let whole = try CaseTensors(c).run(c, kernel.instructionSet)
            for sizes in [[1], [33], [5, 64, 1]] {
                let parts = try CaseTensors(c).runInParts(c, sizes, kernel.instructionSet)
                #expect(parts.matches(whole), "\(kernel.name), parts of \(sizes), \(c)")
            }
        }
    }

    @Test(arguments: kernels)
    func `A sequence alone gives the same bits as in a batch`(_ kernel: KernelRecord) throws {
        for c in variants(kernel) {
            let batch = CaseTensors(c)
            try batch.run(c, kernel.instructionSet)
            for sequence in c.lengths.indices {
                let alone = CaseTensors(c)
                let rows = try alone.runAlone(c, sequence, kernel.instructionSet)
                let size = c.heads * c.headSize * c.activation.byteCount
                let expected = batch.output.bytes[
                    (rows.lowerBound * size)..<(rows.upperBound * size)
                ]
                let seen = alone.output.bytes[(rows.lowerBound * size)..<(rows.upperBound * size)]
                #expect(seen.elementsEqual(expected), "\(kernel.name), sequence \(sequence), \(c)")
            }
        }
    }

    @Test(arguments: kernels)
    func `Threads change no bit`(_ kernel: KernelRecord) throws {
        for c in variants(kernel) {
            let larger = c.with {
                $0.lengths = [.init(past: 200, new: 70), .init(past: 90, new: 80)]
            }
            let serial = try CaseTensors(larger).run(larger, kernel.instructionSet)
            let threaded = try CaseTensors(larger).run(
                larger,
                kernel.instructionSet,
                executor: ConcurrentExecutor()
            )
            #expect(serial.matches(threaded), "\(kernel.name), \(larger)")
        }
    }

    @Test(arguments: kernels)
    func `Other physical blocks change no bit of the output`(_ kernel: KernelRecord) throws {
        for c in variants(kernel) {
            let original = CaseTensors(c)
            let moved = original.withReversedBlocks(c)
            let first = try original.run(c, kernel.instructionSet)
            let second = try moved.run(c, kernel.instructionSet)
            #expect(second.output.elementsEqual(first.output), "\(c)")
        }
    }

    @Test(arguments: kernels)
    func `Block sizes change no bit of the output`(_ kernel: KernelRecord) throws {
        for c in variants(kernel).map({ $0.with { $0.lengths = [.init(past: 0, new: 150)] } }) {
            let small = try CaseTensors(c).run(c, kernel.instructionSet)
            for size in [32, 128, 512] {
                let larger = c.with { $0.blockSize = size }
                let result = try CaseTensors(larger).run(larger, kernel.instructionSet)
                #expect(
                    result.output.elementsEqual(small.output),
                    "\(kernel.name), blocks of \(size), \(c)"
                )
            }
        }
    }

    @Test(arguments: kernels)
    func `NaN in unused places reaches no output`(_ kernel: KernelRecord) throws {
        for c in variants(kernel) {
            let clean = CaseTensors(c)
            let poisoned = CaseTensors(c)
            poisoned.poisonUnusedPlaces(c)
            let expected = try clean.run(c, kernel.instructionSet).output
            let seen = try poisoned.run(c, kernel.instructionSet).output
            #expect(seen.elementsEqual(expected), "\(c)")
        }
    }
}
