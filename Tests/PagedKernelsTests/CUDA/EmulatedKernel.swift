import CPagedCUDA
import CPagedCUDAEmulator
import PagedAttention
import PagedCUDA
import PagedCases
import PagedKernels
import Testing

/// A CUDA kernel for attention as the tests launch it on the emulator.
struct EmulatedKernel: Sendable, CustomTestStringConvertible {
    /// The kernel's name without types, for a case.
    let name: @Sendable (AttentionCase) -> String
    let rows: Int32
    let launch: @Sendable (UnsafePointer<paged_cuda_call>, AttentionCase) -> paged_cuda_launch
    /// Whether it serves a case.
    let serves: @Sendable (AttentionCase) -> Bool
    let testDescription: String
    /// The size for which caches of values are copied as boxes, in a case; nil: they are not.
    var boxSize: @Sendable (AttentionCase) -> Int32? = { _ in nil }

    static let all = [
        portable,
        decode("decode", Int32(PAGED_CUDA_DECODE_ROWS)),
        decode("wide_decode", Int32(PAGED_CUDA_WIDE_DECODE_ROWS)),
        prompt("prompt", isSmall: false), prompt("small_prompt", isSmall: true),
        latent, hopper, hopperThreads, math,
    ]

    /// Float products, for everything.
    static let portable = EmulatedKernel(
        name: { c in
            let width = ((c.valueHeadSize ?? c.headSize) + 31) / 32
            return "portable\([2, 4, 8, 16, 32].first { $0 >= width } ?? 0)"
        },
        rows: Int32(PAGED_CUDA_PORTABLE_ROWS),
        launch: { call, _ in paged_cuda_portable_launch(call) },
        serves: { _ in true },
        testDescription: "portable"
    )

    /// Float products without tiles, for everything.
    private static let math = EmulatedKernel(
        name: { _ in "math" },
        rows: Int32(PAGED_CUDA_MATH_ROWS),
        launch: { call, _ in paged_cuda_math_launch(call) },
        serves: { _ in true },
        testDescription: "math"
    )

    /// Products of warpgroups, for prompts on SM90: boxes are copied where they can be.
    private static let hopper = hopper("hopper", boxes: true)

    /// The same without boxes, as with an old driver.
    private static let hopperThreads = hopper("hopper, threads copy", boxes: false)

    private static func hopper(_ description: String, boxes: Bool) -> EmulatedKernel {
        let size: @Sendable (AttentionCase) -> Int32 = { c in
            [64, 128, 256].first { $0 >= c.headSize } ?? 0
        }
        return EmulatedKernel(
            name: { "hopper\(size($0))" },
            rows: Int32(PAGED_CUDA_HOPPER_ROWS),
            launch: { paged_cuda_hopper_launch($0, size($1), 3) },
            serves: { $0.layout == .separate && $0.headSize <= 256 },
            testDescription: description,
            boxSize: boxes ? size : { _ in nil }
        )
    }

    /// Tensor cores, for latent rows.
    private static let latent = EmulatedKernel(
        name: { _ in "latent576" },
        rows: Int32(PAGED_CUDA_LATENT_ROWS),
        launch: { paged_cuda_latent_launch($0, 576, Int32($1.cache.bitCount)) },
        serves: { c in
            c.layout == .latent && c.headSize <= 576 && c.valueHeadSize ?? c.headSize <= 512
                && c.headSize * c.cache.bitCount % 128 == 0
        },
        testDescription: "latent"
    )

    /// Tensor cores and 8 or 16 rows, for whole copies of 16 bytes and separate caches.
    private static func decode(_ name: String, _ rows: Int32) -> EmulatedKernel {
        EmulatedKernel(
            name: { "\(name)\(size($0))" },
            rows: rows,
            launch: { paged_cuda_decode_launch($0, size($1), Int32($1.cache.bitCount), rows) },
            serves: { fitsTensorCores($0) && size($0) > 0 },
            testDescription: name
        )
    }

    /// Tensor cores and 64 rows, likewise.
    private static func prompt(_ name: String, isSmall: Bool) -> EmulatedKernel {
        EmulatedKernel(
            name: { "\(name)\(isSmall ? 128 : size($0))" },
            rows: Int32(PAGED_CUDA_PROMPT_ROWS),
            launch: {
                let (size, chunkBytes) = (isSmall ? 128 : size($1), Int32($1.cache.bitCount))
                return paged_cuda_prompt_launch($0, size, chunkBytes, isSmall ? 1 : 0)
            },
            serves: { c in
                fitsTensorCores(c) && size(c) > 0
                    && (!isSmall || c.activation == .float16 && c.headSize <= 128)
            },
            testDescription: name
        )
    }

    /// The compiled size that serves a case; 0 if none does.
    private static func size(_ c: AttentionCase) -> Int32 {
        [64, 96, 128, 256].first { $0 >= c.headSize } ?? 0
    }

    private static func fitsTensorCores(_ c: AttentionCase) -> Bool {
        c.layout == .separate && c.headSize * c.cache.bitCount % 128 == 0
    }
}

/// What a launch on the emulator did not like.
struct EmulatorError: Error, CustomStringConvertible {
    let description: String
}

extension EmulatedKernel {
    /// `SparsePagedAttention`, whose launch is that of the kernel without tiles.
    static let sparse = EmulatedKernel(
        name: { _ in "sparse" },
        rows: Int32(PAGED_CUDA_MATH_ROWS),
        launch: { call, _ in paged_cuda_math_launch(call) },
        serves: { $0.layout == .separate },
        testDescription: "sparse"
    )
}

extension CaseTensors {
    /// Runs the prologue and a kernel on the emulator; the caches are changed in place.
    ///
    /// - Parameters:
    ///   - parts: most parts of a row tile's keys.
    ///   - seed: the order of threads and blocks; 0 is the natural one.
    ///   - change: what is to be different in the call.
    @discardableResult
    func run(
        _ c: AttentionCase,
        on kernel: EmulatedKernel,
        parts: Int32 = 1,
        seed: UInt64 = 0,
        change: (inout paged_cuda_call) -> Void = { _ in }
    ) throws -> CaseResult {
        let attention = try PagedAttentionOperator(
            attributes: c.attributes,
            activationType: c.activation,
            cacheType: c.cacheTensor
        )
        try withInputs { inputs in
            let shape = try attention.shape(of: inputs)
            var call = paged_cuda_call(shape, inputs, output: output.view, c.attributes)
            call.part_limit = parts
            change(&call)
            let size = paged_cuda_workspace_of(&call, kernel.rows).byte_count
            let workspace = Tensor(.uint8, TensorShape(Int(size)))
            workspace.view.base.initializeMemory(as: UInt8.self, repeating: 0xff, count: Int(size))
            paged_cuda_set_workspace(&call, kernel.rows, workspace.view.base)
            let types = "_\(c.activation.name)_\(c.cache.name)"
            let memory = Tensor(.uint8, TensorShape(MemoryLayout<paged_cuda_tensor_maps>.size))
            let maps = memory.view.base
                .bindMemory(to: paged_cuda_tensor_maps.self, capacity: 1)
            maps.initialize(to: paged_cuda_tensor_maps())
            if c.cache == c.activation, let size = kernel.boxSize(c) {
                paged_cuda_hopper_maps(&call, size, paged_emulator_encode_map, maps)
            }
            try Self.launch(
                "paged_prologue\(types)",
                paged_cuda_prologue_launch(&call),
                &call,
                maps,
                seed
            )
            try Self.launch(
                "paged_\(kernel.name(c))\(types)",
                kernel.launch(&call, c),
                &call,
                maps,
                seed
            )
            withExtendedLifetime((workspace, memory)) {}
        }
        return result
    }

    private static func launch(
        _ name: String,
        _ launch: paged_cuda_launch,
        _ call: inout paged_cuda_call,
        _ maps: UnsafePointer<paged_cuda_tensor_maps>,
        _ seed: UInt64
    ) throws {
        if let message = paged_emulator_launch(name, launch, &call, maps, seed) {
            throw EmulatorError(description: "\(name): \(String(cString: message))")
        }
    }
}
