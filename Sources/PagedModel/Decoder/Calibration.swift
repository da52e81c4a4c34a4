package import PagedGraph
package import PagedRuntime

/// Finds out what numbers the caches of a model hold, by running it over a text.
///
///     let calibration = Calibration(folder: folder, library: library, threads: 4)
///     let magnitudes = try calibration.magnitudes(of: tokens)
///     try file.setCacheType(.int8, magnitudes: magnitudes)
package struct Calibration {
    private let folder: ModelFolder
    private let library: OnnxRuntimeLibrary
    private let threads: Int?

    /// Tokens that are computed together; longer texts are several sequences.
    private static let longestSequence = 1024
    private static let blockSize = 16

    /// A calibration of a folder whose caches have no scales yet.
    package init(folder: ModelFolder, library: OnnxRuntimeLibrary, threads: Int?) {
        self.folder = folder
        self.library = library
        self.threads = threads
    }

    /// The largest magnitude of each head and channel in every cache, by the name of its input.
    ///
    /// - Throws: an error when the model cannot be loaded or a step of it fails.
    package func magnitudes(
        of tokens: [Int32]
    ) throws(ModelError) -> [String: CacheMagnitudes] {
        let length = min(Self.longestSequence, folder.configuration.contextLength)
        let blocks = (length + Self.blockSize - 1) / Self.blockSize
        let decoder = try PagedDecoderModel(
            folder: folder,
            library: library,
            options: DecoderOptions(
                blockCount: blocks,
                blockSize: Self.blockSize,
                threads: threads,
                maximumTokensPerStep: length,
                maximumSequences: 1
            )
        )
        var magnitudes: [String: CacheMagnitudes] = [:]
        for start in stride(from: 0, to: tokens.count, by: length) {
            let sequence = Array(tokens[start..<min(start + length, tokens.count)])
            try RowProbe(sequence: sequence, blockCount: blocks)
                .withArrays { arrays throws(ModelError) in try decoder.run(arrays) }
            // What a shorter sequence leaves behind it is of the one before: seen already.
            let seen = decoder.cacheMagnitudes(blocks: blocks)
            magnitudes.merge(seen) { CacheMagnitudes(zip($0.numbers, $1.numbers).map(max)) }
        }
        return magnitudes
    }
}
