internal import PagedAttention
internal import PagedGraph
internal import PagedRuntime

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The key and value blocks of every layer: allocated once, bound as input and output.
///
/// Zeros that take memory only as blocks are written.
///
/// One tensor of a layer, with B blocks of S places, K heads and H channels:
///
///     [B, S, K, H]    block b, place s, head k starts at element ((b * S + s) * K + k) * H
final class CacheTensors {
    private let values: [TensorValue]
    private let names: [String]

    init(
        graph: DecoderGraph,
        layout: CacheLayoutDescription,
        binding: Binding,
        library: OnnxRuntimeLibrary
    ) throws(ModelError) {
        let shape = [layout.blockCount, layout.blockSize, graph.keyValueHeadCount, graph.headSize]
        do {
            var values: [TensorValue] = []
            for (input, output) in graph.layers.flatMap(\.caches) {
                let buffer = try TensorBuffer(
                    elementType: graph.cacheType,
                    capacity: shape.reduce(1, saturatingProduct)
                )
                let value = try TensorValue(shape, in: buffer, library: library)
                try binding.bindInput(input, value)
                if let output { try binding.bindOutput(output, value) }
                values.append(value)
            }
            self.values = values
            names = graph.layers.flatMap(\.caches).map(\.input)
        } catch {
            throw ModelError(
                "a cache of \(layout.byteCount) bytes: \(error); lower --kv-cache-memory"
            )
        }
    }

    /// The largest magnitude of each head and channel in the first blocks; see
    /// ``PagedDecoderModel/cacheMagnitudes(blocks:)``.
    func magnitudes(blocks: Int) -> [String: CacheMagnitudes] {
        var magnitudes: [String: CacheMagnitudes] = [:]
        for (name, value) in zip(names, values) {
            guard value.buffer.elementType.isActivation else { continue }
            let width = value.shape[2] * value.shape[3]
            var largest = [Float](repeating: 0, count: width)
            for place in 0..<min(blocks, value.shape[0]) * value.shape[1] {
                for channel in 0..<width {
                    let number = abs(value.buffer.float(at: place * width + channel))
                    largest[channel] = max(largest[channel], number)
                }
            }
            magnitudes[name] = CacheMagnitudes(largest)
        }
        return magnitudes
    }

    /// Fills one block of every layer with zeros.
    func clear(block: Int) {
        for value in values {
            let bytes = value.buffer.byteCount / max(value.shape[0], 1)
            (value.buffer.base + block * bytes)
                .initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        }
    }
}

extension TensorBuffer {
    /// An element of a floating type.
    fileprivate func float(at index: Int) -> Float {
        switch elementType {
        case .float16: Float(float16Bits: elements(as: UInt16.self)[index])
        case .bfloat16: Float(bitPattern: UInt32(elements(as: UInt16.self)[index]) << 16)
        default: elements(as: Float.self)[index]
        }
    }
}

extension DecoderGraph.Layer {
    /// The inputs and outputs of the key and the value cache.
    fileprivate var caches: [(input: String, output: String?)] {
        [(keyCache, keyCacheOutput), (valueCache, valueCacheOutput)]
    }
}

extension CacheLayoutDescription {
    /// Bytes of all blocks in all layers.
    var byteCount: Int { saturatingProduct(blockCount, bytesPerBlock) }

    /// Blocks that a sequence of so many positions takes, as far as there are blocks.
    func blocks(for positions: Int) -> Int {
        min((positions + blockSize - 1) / blockSize, blockCount)
    }

    /// The layout that the options, the graph and the configuration agree on.
    ///
    /// - Throws: an error with the numbers when they contradict each other or no block fits.
    package init(
        graph: DecoderGraph,
        configuration: ModelConfiguration,
        options: DecoderOptions
    ) throws(ModelError) {
        let blockSize =
            options.blockSize ?? graph.blockSize ?? configuration.dynamicBatching?.blockSize ?? 16
        guard blockSize >= 16, blockSize & (blockSize - 1) == 0 else {
            throw ModelError("block size must be a power of two of at least 16, got \(blockSize)")
        }
        if let fixed = graph.blockSize, fixed != blockSize {
            throw ModelError("the graph's caches have blocks of \(fixed) places, not \(blockSize)")
        }
        let elements = [
            2, graph.layers.count, blockSize, graph.keyValueHeadCount, graph.headSize,
            graph.cacheType.byteCount,
        ]
        let bytesPerBlock = elements.reduce(1, saturatingProduct)
        let blockCount =
            options.blockCount ?? graph.blockCount ?? options.cacheBytes / max(bytesPerBlock, 1)
        guard blockCount >= 1 else {
            throw ModelError(
                "\(options.cacheBytes) bytes of cache hold no block; one takes \(bytesPerBlock)"
            )
        }
        if let fixed = graph.blockCount, fixed != blockCount {
            throw ModelError("the graph's caches have \(fixed) blocks, not \(blockCount)")
        }
        let byteCount = saturatingProduct(blockCount, bytesPerBlock)
        let memory = ProcessInfo.processInfo.physicalMemory
        guard byteCount <= memory else {
            throw ModelError(
                "a cache of \(byteCount) bytes does not fit this machine, which has \(memory) "
                    + "bytes of memory; lower --kv-cache-memory"
            )
        }
        guard saturatingProduct(blockCount, blockSize) <= Int(Int32.max) else {
            throw ModelError(
                "\(blockCount) blocks of \(blockSize) places are more than 2^31 places"
            )
        }
        self.init(
            blockSize: blockSize,
            blockCount: blockCount,
            bytesPerBlock: bytesPerBlock,
            layerCount: graph.layers.count
        )
    }
}
