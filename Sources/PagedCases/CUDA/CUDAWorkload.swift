internal import PagedAttention
package import PagedCUDA
package import PagedKernels

/// What is timed on a GPU: a call, and which kernels may serve it.
///
/// Others measure the same: `paged bench cuda --list` prints the list as JSON.
package struct CUDAWorkload: Sendable {
    /// Which kernels may serve.
    package enum Selection: String, Encodable, Sendable {
        /// Those that serve users.
        case automatic
        /// Also those on trial: measured only where one of them is chosen.
        case trials
        /// Only those that every GPU can run.
        case portable

        /// The families that may serve.
        package var families: KernelSelection {
            switch self {
            case .automatic: .automatic
            case .trials: KernelSelection(environment: ["ORT_ENABLE_CUDNN_FLASH_ATTENTION": "1"])
            case .portable: KernelSelection(sdpaKernel: KernelFamily.efficientAttention.rawValue)
            }
        }
    }

    /// What is computed, in words, such as "decode 8x32k".
    package let name: String
    package let call: AttentionCase
    package let selection: Selection

    /// A unique name: call, activation, cache, block size, selection.
    package var identifier: String {
        let types = "\(call.activation.name).\(call.cache.name)"
        return "\(name.replacing(" ", with: "-")).\(types).\(call.blockSize).\(selection)"
    }

    /// Bytes of the cache that have to be read.
    package var bytes: Double {
        let places = call.lengths.reduce(0) { $0 + $1.past + $1.new }
        let tensors = call.layout == .latent ? 1 : 2
        return Double(tensors * places * call.keyValueHeads * call.headSize * call.cache.bitCount)
            / 8
    }

    /// Floating point operations of the two products, without what a causal mask hides.
    package var operations: Double {
        let pairs = call.lengths.reduce(0.0) { sum, length in
            sum + Double(length.new) * (Double(length.past) + Double(length.new + 1) / 2)
        }
        return 2 * pairs
            * Double(call.heads * (call.headSize + (call.valueHeadSize ?? call.headSize)))
    }
}

extension CUDAWorkload {
    private typealias Shape = (name: String, count: Int, past: Int, new: Int)

    private static let decodes: [Shape] = [
        ("decode 8x32k", 8, 32_767, 1), ("decode 8x4k", 8, 4095, 1), ("decode 1x32k", 1, 32_767, 1),
        ("decode 1x1k", 1, 1023, 1), ("decode 1x4k", 1, 4095, 1), ("decode 8x1k", 8, 1023, 1),
        ("decode 32x4k", 32, 4095, 1),
    ]
    private static let prompts: [Shape] = [
        ("prompt 8k", 1, 0, 8192), ("prompt 32k", 1, 0, 32_768), ("prompt 16k", 1, 0, 16_384),
        ("prompt 2k", 1, 0, 2048), ("chunk 512 at 4k", 1, 4096, 512),
    ]
    private static let speculative: [Shape] = [
        ("4 new 8x4k", 8, 4092, 4), ("4 new 1x32k", 1, 32_764, 4),
    ]

    /// Everything that is measured, what matters most first.
    package static let all: [CUDAWorkload] = {
        let short = Array(decodes.prefix(2)), prompt = Array(prompts.prefix(1))
        var list = decodes.flatMap { each($0, bfloat16, [16, 128]) }
        list += prompts.flatMap { each($0, bfloat16, [16, 128]) }
        list += decodes.flatMap {
            each($0, [(.bfloat16, .int8), (.bfloat16, .float8e4m3fn)], [16])
        }
        list += speculative.flatMap { each($0, bfloat16, [16]) }
        list.append(latent(("latent decode 8x4k", 8, 4095, 1), heads: 128))
        list += decodes.flatMap { each($0, [(.bfloat16, .int4), (.bfloat16, .float4e2m1)], [16]) }
        list += decodes.flatMap { each($0, [(.float16, .float16)], [16]) }
        list += prompts.flatMap { each($0, [(.float16, .float16), (.bfloat16, .int8)], [16]) }
        list += speculative.flatMap { each($0, [(.bfloat16, .float8e4m3fn)], [16]) }
        list += (short + prompt).flatMap { each($0, bfloat16, [16], .portable) }
        list += decodes.flatMap { each($0, codes, [128]) }
        list += decodes.flatMap { each($0, [(.float16, .float16)], [128]) }
        return list
    }()

    /// The same in small, for emulators.
    package static let small: [CUDAWorkload] = {
        let shapes: [Shape] = [
            ("decode 2x40", 2, 39, 1), ("prompt 48", 1, 0, 48), ("4 new 1x30", 1, 26, 4),
        ]
        return shapes.flatMap { each($0, bfloat16, [16]) }
            + each(shapes[0], [(.bfloat16, .int8)], [32])
            + each(shapes[0], bfloat16, [16], .portable)
            + [latent(("latent decode 2x40", 2, 39, 1), heads: 8)]
    }()

    private static let bfloat16: [(ElementType, ElementType)] = [(.bfloat16, .bfloat16)]
    private static let codes: [(ElementType, ElementType)] = [
        (.bfloat16, .int8), (.bfloat16, .float8e4m3fn), (.bfloat16, .int4),
        (.bfloat16, .float4e2m1),
    ]

    /// Heads as in many models of 8 billion parameters.
    private static func each(
        _ shape: Shape,
        _ types: [(ElementType, ElementType)],
        _ blockSizes: [Int],
        _ selection: Selection = .automatic
    ) -> [CUDAWorkload] {
        types.flatMap { activation, cache in
            blockSizes.map { blockSize in
                let call = AttentionCase(
                    activation: activation,
                    cache: cache,
                    valueScales: .perChannel,
                    heads: 32,
                    keyValueHeads: 8,
                    headSize: 128,
                    blockSize: blockSize,
                    lengths: lengths(shape)
                )
                return CUDAWorkload(name: shape.name, call: call, selection: selection)
            }
        }
    }

    /// As DeepSeek's models attend: one latent row for all heads.
    private static func latent(_ shape: Shape, heads: Int) -> CUDAWorkload {
        let call = AttentionCase(
            activation: .bfloat16,
            cache: .bfloat16,
            layout: .latent,
            valueHeadSize: 512,
            heads: heads,
            keyValueHeads: 1,
            headSize: 576,
            blockSize: 64,
            lengths: lengths(shape),
            scale: 0.07
        )
        return CUDAWorkload(name: shape.name, call: call, selection: .automatic)
    }

    private static func lengths(_ shape: Shape) -> [AttentionCase.Length] {
        Array(repeating: .init(past: shape.past, new: shape.new), count: shape.count)
    }

    /// The list for a GPU: where a kernel on trial may serve, each is measured with it as well.
    package static func list(
        _ workloads: [CUDAWorkload],
        for architecture: CUDAArchitecture
    ) -> [CUDAWorkload] {
        let trials = CUDAKernelList.attention.filter { $0.isOnTrial && $0.runs(on: architecture) }
        return workloads.flatMap { workload in
            let trial = CUDAWorkload(name: workload.name, call: workload.call, selection: .trials)
            let isTried =
                workload.selection == .automatic
                && trials.contains { workload.call.isServed(by: $0) }
            return isTried ? [workload, trial] : [workload]
        }
    }
}

extension CUDAWorkload: Encodable {
    private enum Key: String, CodingKey {
        case identifier, name, selection, activation, cache, blockSize, heads, keyValueHeads
        case headSize, valueHeadSize, isLatent, scale, sequences, past, new, bytes, operations
    }

    /// All that somebody needs who measures the same; all sequences have one length.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(identifier, forKey: .identifier)
        try container.encode(name, forKey: .name)
        try container.encode(selection, forKey: .selection)
        try container.encode(call.activation.name, forKey: .activation)
        try container.encode(call.cache.name, forKey: .cache)
        try container.encode(call.blockSize, forKey: .blockSize)
        try container.encode(call.heads, forKey: .heads)
        try container.encode(call.keyValueHeads, forKey: .keyValueHeads)
        try container.encode(call.headSize, forKey: .headSize)
        try container.encode(call.valueHeadSize ?? call.headSize, forKey: .valueHeadSize)
        try container.encode(call.layout == .latent, forKey: .isLatent)
        try container.encode(call.scale, forKey: .scale)
        try container.encode(call.lengths.count, forKey: .sequences)
        try container.encode(call.lengths.first?.past ?? 0, forKey: .past)
        try container.encode(call.lengths.first?.new ?? 0, forKey: .new)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(operations, forKey: .operations)
    }
}
