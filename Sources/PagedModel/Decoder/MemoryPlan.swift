/// What a loaded model takes of the machine's memory, and what fits into its cache.
package struct MemoryPlan: Equatable, Sendable {
    /// Bytes of weights in files beside the graph: mapped, so shared and read when needed. ONNX
    /// Runtime keeps copies of some in another order.
    package let weightBytes: Int
    /// Bytes of the key/value cache; they are taken as blocks are used.
    package let cacheBytes: Int
    /// Most bytes of a step's inputs and logits. What ONNX Runtime takes between nodes is not in it.
    package let stepBytes: Int
    /// Bytes of memory that the machine has.
    package let machineBytes: Int
    /// Tokens that the cache holds.
    package let tokens: Int
    /// Most tokens of one request.
    package let longestRequest: Int

    /// How many requests of the longest kind the cache holds at once.
    package var longestRequests: Int { tokens / max(longestRequest, 1) }
}
