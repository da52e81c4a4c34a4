internal import PagedGraph

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

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

extension MemoryPlan {
    init(_ loaded: LoadedDecoder, contextLength: Int) {
        weightBytes = loaded.served.weights.byteCount
        cacheBytes = loaded.layout.byteCount
        stepBytes = loaded.inputs.byteCount
        machineBytes = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        tokens = loaded.layout.blockCount * loaded.layout.blockSize
        longestRequest = min(contextLength, tokens)
    }

    /// What whoever starts the model should know.
    func notes(contextLength: Int) -> [String] {
        guard tokens < contextLength else { return [] }
        return [
            "the cache holds \(tokens) tokens, the model's context is \(contextLength): longer "
                + "requests are refused; raise --kv-cache-memory, or choose a smaller --cache-type"
        ]
    }
}
