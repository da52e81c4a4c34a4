import PagedBatching
import Testing

@Suite("Step inputs")
struct StepInputsTests {
    private let configuration = SchedulerConfiguration(
        blockCount: 32,
        blockSize: 4,
        maximumTokensPerStep: 16,
        maximumRunningSequences: 4,
        maximumSequenceLength: 64,
        maximumQueuedSequences: 8,
        prefixCaching: false
    )

    @Test("are the operator's arrays: packed tokens, lengths, padded tables, logits indices")
    func layout() throws {
        var scheduler = Scheduler(configuration: configuration)
        var inputs = StepInputs(configuration: configuration)
        let numbers = [UInt64(8), 9].map(SequenceIdentifier.init)
        try scheduler.submit(
            SequenceRequest(
                identifier: numbers[0],
                tokens: [10, 11, 12, 13, 14],
                maximumNewTokens: 9
            )
        )
        _ = scheduler.plan()
        scheduler.commit([RowOutcome(token: 15)])
        try scheduler.submit(
            SequenceRequest(identifier: numbers[1], tokens: [20, 21, 22], maximumNewTokens: 9)
        )
        _ = scheduler.plan()
        scheduler.fill(&inputs)
        #expect(inputs.tokens == [15, 20, 21, 22])
        #expect(inputs.cumulativeSequenceLengths == [0, 1, 4])
        #expect(inputs.pastSequenceLengths == [5, 0])
        #expect(inputs.blockTableWidth == 2)
        #expect(inputs.blockTable == [0, 1, 2, -1])
        #expect(inputs.logitsIndices == [0, 3])
        #expect(inputs.sequences == numbers)
        inputs.withBuffers { buffers in
            #expect(Array(buffers.blockTable) == inputs.blockTable)
            #expect(Array(buffers.tokens) == inputs.tokens)
            #expect(buffers.blockTableWidth == 2)
        }
    }

    @Test("stay where they are from step to step")
    func noReallocation() throws {
        let harness = Harness(configuration)
        for number in 0..<4 {
            try harness.submit(UInt64(number), [Int32(number), 2, 3, 4, 5], new: 40)
        }
        func addresses() -> [UnsafePointer<Int32>?] {
            harness.inputs.withBuffers {
                [$0.tokens, $0.cumulativeSequenceLengths, $0.blockTable, $0.logitsIndices]
                    .map(\.baseAddress)
            }
        }
        let before = addresses()
        while harness.begin() {
            #expect(addresses() == before)
            harness.end()
        }
    }
}
