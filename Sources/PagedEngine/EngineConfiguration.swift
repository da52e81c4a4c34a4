/// How an engine is set up. Everything has a default that serves.
public struct EngineConfiguration: Equatable, Sendable {
    /// The name clients use for the model; nil takes the folder's.
    public var modelName: String?
    /// Where `libonnxruntime.so` is; nil searches the usual places.
    public var onnxRuntimePath: String?
    /// Bytes of memory for the key/value cache.
    public var cacheMemory = 256 << 20
    /// Number of cache blocks; nil takes as many as fit in `cacheMemory`.
    public var blockCount: Int?
    /// Token places in a block, a power of two of at least 16; nil takes the model folder's choice.
    public var blockSize: Int?
    /// What the cache holds: `f32`, `f16`, `bf16`, `int8`, `fp8` or `int4`; nil takes what the model
    /// computes in, or was converted to. Types of 8 and 4 bits need scales, which `paged convert` makes.
    public var cacheType: String?
    /// Whether products of 4-bit weights, `MatMulNBits`, may run on our kernels instead of ONNX
    /// Runtime's.
    public var ownProducts = true
    /// Most tokens of one request, prompt and output together; nil takes the model's context.
    public var maximumSequenceLength: Int?
    /// Threads that compute a step; nil takes one per processor.
    public var threads: Int?
    /// Most tokens of prompts and outputs computed in one step.
    public var maximumTokensPerStep = 512
    /// Most tokens computed in one step of prompts whose log-probabilities are reported: each takes a
    /// row of logits. Nil takes as many as fit in 64 MiB.
    public var maximumScoredTokensPerStep: Int?
    /// Most requests generated at the same time.
    public var maximumRunningRequests = 64
    /// Most requests that wait while `maximumRunningRequests` are generated; one more is refused.
    public var maximumQueuedRequests = 256
    /// Whether prompts reuse the cached blocks of earlier requests with the same beginning.
    public var prefixCaching = true

    /// The defaults.
    public init() {}
}

/// Why an engine could not be set up. The text says what is wrong, with which value, and what to do.
public struct EngineError: Error, CustomStringConvertible {
    /// What is wrong, with which value, and what to do.
    public let description: String

    /// An error that says so.
    public init(_ description: String) {
        self.description = description
    }
}
