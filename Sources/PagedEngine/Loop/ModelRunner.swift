import PagedBatching
import PagedModel

/// Runs the engine's steps on a loaded model.
final class ModelRunner: StepRunner {
    private let decoder: PagedDecoderModel

    init(_ decoder: PagedDecoderModel) {
        self.decoder = decoder
    }

    var vocabularySize: Int { decoder.vocabularySize }

    func run(_ inputs: borrowing StepInputs) throws {
        try inputs.withBuffers { buffers throws(ModelError) in
            try decoder.run(
                StepArrays(
                    tokens: buffers.tokens,
                    cumulativeSequenceLengths: buffers.cumulativeSequenceLengths,
                    pastSequenceLengths: buffers.pastSequenceLengths,
                    knownLengths: buffers.knownLengths,
                    blockTable: buffers.blockTable,
                    blockTableWidth: buffers.blockTableWidth,
                    logitsIndices: buffers.logitsIndices
                )
            )
        }
    }

    func withLogits<Result>(
        row: Int,
        _ body: (UnsafeBufferPointer<Float>) -> Result
    ) -> Result {
        decoder.withLogits(row: row, body)
    }
}
