import ArgumentParser
import PagedEngine

/// The flags that set up an engine, shared by all commands that run a model.
struct EngineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An onnxruntime-genai model folder. (default: the built-in model)",
            valueName: "folder"
        )
    )
    var model: String?

    @Option(
        help: ArgumentHelp(
            "libonnxruntime.so, or the folder that holds it. (default: searched for)",
            valueName: "path"
        )
    )
    var onnxruntime: String?

    @Option(
        help: ArgumentHelp("Memory for the key/value cache: bytes, 512M, 2G.", valueName: "size")
    )
    var kvCacheMemory = ByteCount(256 << 20)

    @Option(help: "Token places in a cache block, a power of two. (default: the model's choice)")
    var blockSize: Int?

    @Option(
        help: ArgumentHelp(
            "What the cache holds: f32, f16, bf16, int8, fp8 or int4. (default: the model's type)",
            valueName: "type"
        )
    )
    var cacheType: String?

    @Option(help: "Most tokens of a request, prompt and output. (default: the model's context)")
    var maxModelLen: Int?

    @Option(help: "Threads that compute a step. (default: one per processor)")
    var threads: Int?

    @Option(help: "Most tokens of prompts and outputs computed in one step.")
    var maxTokensPerStep = 512

    @Option(help: "Most requests generated at the same time.")
    var maxSequences = 64

    @Option(help: "Most requests that wait for a place; one more is answered 429.")
    var maxQueue = 256

    @Flag(help: "Compute every prompt anew instead of reusing cached beginnings.")
    var noPrefixCache = false

    @Flag(help: "Leave products of 4-bit weights (MatMulNBits) to ONNX Runtime.")
    var noOwnProducts = false

    func validate() throws {
        try Self.check("--max-tokens-per-step", maxTokensPerStep, 1...1_048_576)
        try Self.check("--max-sequences", maxSequences, 1...65_536)
        try Self.check("--max-queue", maxQueue, 0...1_048_576)
        guard maxTokensPerStep > maxSequences else {
            throw ValidationError(
                "--max-tokens-per-step \(maxTokensPerStep): must exceed --max-sequences "
                    + "(\(maxSequences)), so that prompts advance beside a full batch."
            )
        }
        if let maxModelLen { try Self.check("--max-model-len", maxModelLen) }
        if let threads { try Self.check("--threads", threads, 1...1024) }
        if let blockSize, blockSize < 16 || blockSize.nonzeroBitCount != 1 {
            throw ValidationError("--block-size \(blockSize): must be a power of two, at least 16.")
        }
    }

    /// The engine's configuration with these flags.
    var configuration: EngineConfiguration {
        var configuration = EngineConfiguration()
        configuration.onnxRuntimePath = onnxruntime
        configuration.cacheMemory = kvCacheMemory.bytes
        configuration.blockSize = blockSize
        configuration.cacheType = cacheType
        configuration.ownProducts = !noOwnProducts
        configuration.maximumSequenceLength = maxModelLen
        configuration.threads = threads
        configuration.maximumTokensPerStep = maxTokensPerStep
        configuration.maximumRunningRequests = maxSequences
        configuration.maximumQueuedRequests = maxQueue
        configuration.prefixCaching = !noPrefixCache
        return configuration
    }

    /// Refuses numbers out of a range, by default those below 1.
    static func check(
        _ flag: String,
        _ value: Int,
        _ range: ClosedRange<Int> = 1...Int.max
    ) throws {
        guard !range.contains(value) else { return }
        let words =
            range.upperBound == .max
            ? "at least \(range.lowerBound)"
            : "from \(range.lowerBound) to \(range.upperBound)"
        throw ValidationError("\(flag) \(value): must be \(words).")
    }
}
