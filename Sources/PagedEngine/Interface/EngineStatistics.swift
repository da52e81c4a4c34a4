/// Counts of an engine at one moment. Totals only grow.
public struct EngineStatistics: Equatable, Sendable {
    /// Requests being generated.
    public var runningRequests = 0
    /// Requests in the queue.
    public var waitingRequests = 0
    /// Blocks of the cache.
    public var blockCount = 0
    /// Token places in a block.
    public var blockSize = 0
    /// Blocks that running requests hold.
    public var liveBlocks = 0
    /// Blocks that only the prefix cache holds: free for the taking, and still worth something.
    public var cachedBlocks = 0
    /// Blocks that hold nothing.
    public var freeBlocks = 0
    /// Prompt tokens looked up in the prefix cache, in total.
    public var prefixQueryTokens = 0
    /// Prompt tokens found there, in total.
    public var prefixHitTokens = 0
    /// Requests put back in the queue because blocks ran out, in total.
    public var preemptions = 0
    /// Steps run, in total.
    public var steps = 0
    /// Prompt tokens of admitted requests, in total.
    public var promptTokens = 0
    /// Generated tokens, in total.
    public var generatedTokens = 0
    /// Time since the last step ended, or since the oldest waiting work arrived if that is later;
    /// zero when there is no work.
    public var timeWithoutProgress: Duration = .zero
    /// False once the engine's thread has stopped.
    public var isRunning = true

    /// All zero.
    public init() {}
}
