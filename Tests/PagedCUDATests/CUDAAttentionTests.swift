import CPagedAllocations
import CPagedCUDAEmulator
import PagedAttention
import PagedCUDA
import PagedCases
import PagedKernels
import Testing

/// Which kernel serves a call on a GPU, and what is refused.
@Suite struct CUDAAttentionTests {
    private static let decode = AttentionCase(
        activation: .float16,
        cache: .float16,
        lengths: [.init(past: 40, new: 1), .init(past: 3, new: 1)]
    )
    private static let prompt = decode.with { $0.lengths = [.init(past: 9, new: 40)] }

    struct Choice: Sendable {
        let number: Int
        let capability: Int
        let isDecode: Bool
        let expected: String
    }

    private static let choices = [
        Choice(number: 0, capability: 90, isDecode: true, expected: "512 sm_75-decode"),
        Choice(number: 0, capability: 90, isDecode: false, expected: "1 sm_75-prompt"),
        Choice(number: 1, capability: 80, isDecode: true, expected: "1 sm_75-decode"),
        Choice(number: 2, capability: 80, isDecode: true, expected: "2 sm_60-portable"),
        Choice(number: 2, capability: 80, isDecode: false, expected: "2 sm_60-portable"),
        Choice(number: 514, capability: 80, isDecode: false, expected: "2 sm_60-portable"),
        Choice(number: 18, capability: 80, isDecode: true, expected: "2 sm_60-portable"),
        Choice(number: 16, capability: 80, isDecode: false, expected: "16 sm_60-math"),
        Choice(number: 16, capability: 61, isDecode: true, expected: "16 sm_60-math"),
        Choice(number: 0, capability: 61, isDecode: true, expected: "2 sm_60-portable"),
        Choice(number: 0, capability: 70, isDecode: false, expected: "2 sm_60-portable"),
    ]

    @Test(arguments: choices)
    func `Families and architecture choose the kernel`(_ choice: Choice) throws {
        try MockMachine.use(capability: choice.capability) { machine in
            let c = choice.isDecode ? Self.decode : Self.prompt
            let seen = try CaseTensors(c).run(
                c,
                on: machine.stream,
                machine.library,
                selection: KernelSelection(sdpaKernel: choice.number)
            )
            let form = seen?.kernel.name.split(separator: ".").last ?? ""
            #expect("\(seen?.family.rawValue ?? 0) \(form)" == choice.expected)
        }
    }

    struct Switches: Sendable {
        let variables: [String]
        /// What serves a decode, and a prompt.
        let expected: [CUDAKernel.Form]
    }

    private static let (decoder, flash, efficient) = (
        "ORT_DISABLE_DECODER_ATTENTION", "ORT_DISABLE_FLASH_ATTENTION",
        "ORT_DISABLE_MEMORY_EFFICIENT_ATTENTION"
    )
    private static let switches = [
        Switches(variables: [], expected: [.decode, .prompt]),
        Switches(variables: [decoder], expected: [.decode, .prompt]),
        Switches(variables: [flash], expected: [.decode, .portable]),
        Switches(variables: [decoder, flash], expected: [.portable, .portable]),
        Switches(variables: [flash, efficient], expected: [.decode, .math]),
        Switches(variables: [decoder, flash, efficient], expected: [.math, .math]),
    ]

    @Test(arguments: switches)
    func `The environment switches families off as on processors`(_ switches: Switches) throws {
        let selection = KernelSelection(
            environment: Dictionary(uniqueKeysWithValues: switches.variables.map { ($0, "1") })
        )
        try MockMachine.use { machine in
            for (c, form) in zip([Self.decode, Self.prompt], switches.expected) {
                let seen = try CaseTensors(c)
                    .run(c, on: machine.stream, machine.library, selection: selection)
                #expect(seen?.kernel.form == form)
            }
        }
    }

    @Test func `Families that do not exist are refused with those that do`() throws {
        try MockMachine.use { machine in
            let text = message {
                try CaseTensors(Self.decode).run(
                    Self.decode,
                    on: machine.stream,
                    machine.library,
                    selection: KernelSelection(sdpaKernel: 4)
                )
            }
            #expect(text.contains("sdpa_kernel 4 selects no kernel") && text.contains("16 (MATH)"))
        }
    }

    @Test(arguments: [
        (90, true, CUDAKernel.Form.hopper), (90, false, .prompt), (100, true, .prompt),
        (80, true, .prompt),
    ])
    func `The kernel of SM90 serves prompts there, and who asks for it`(
        _ capability: Int,
        _ allowsTrials: Bool,
        _ form: CUDAKernel.Form
    ) throws {
        try MockMachine.use(capability: capability) { machine in
            for (c, expected) in [(Self.prompt, form), (Self.decode, .decode)] {
                let selection: CUDAWorkload.Selection = allowsTrials ? .trials : .automatic
                let seen = try CaseTensors(c)
                    .run(c, on: machine.stream, machine.library, selection: selection.families)
                #expect(seen?.kernel.form == expected)
            }
        }
    }

    @Test(arguments: [
        (80, 576, 512, CUDAKernel.Form.latent), (75, 576, 512, .portable), (90, 64, 64, .latent),
    ])
    func `Latent rows have a kernel of their own`(
        _ capability: Int,
        _ headSize: Int,
        _ valueHeadSize: Int,
        _ form: CUDAKernel.Form
    ) throws {
        let c = Self.decode.with {
            ($0.layout, $0.headSize, $0.valueHeadSize) = (.latent, headSize, valueHeadSize)
            ($0.keyValueHeads, $0.scale) = (1, 0.1)
        }
        try MockMachine.use(capability: capability) { machine in
            for lengths in [c.lengths, Self.prompt.lengths] {
                let c = c.with { $0.lengths = lengths }
                let seen = try CaseTensors(c).run(c, on: machine.stream, machine.library)
                #expect(seen?.kernel.form == form)
            }
        }
    }

    @Test func `Decoder attention alone refuses prompts`() throws {
        try MockMachine.use { machine in
            let text = message {
                try CaseTensors(Self.prompt).run(
                    Self.prompt,
                    on: machine.stream,
                    machine.library,
                    selection: KernelSelection(sdpaKernel: 512)
                )
            }
            #expect(text.contains("sdpa_kernel 512 selects only DECODER_ATTENTION"))
        }
    }

    @Test func `Types without kernels are refused`() throws {
        try MockMachine.use { machine in
            let c = AttentionCase()
            let text = message { try CaseTensors(c).run(c, on: machine.stream, machine.library) }
            #expect(text.contains("no CUDA kernel for float32 activations and a float32 cache"))
        }
    }

    @Test(arguments: [
        (64, CUDAKernel.Form.prompt), (128, .smallPrompt), (256, .portable), (1024, .math),
    ])
    func `A block without the shared memory gets another kernel`(
        _ headSize: Int,
        _ form: CUDAKernel.Form
    ) throws {
        let c = Self.prompt.with { $0.headSize = headSize }
        try MockMachine.use(capability: 75, sharedMemory: 65_536) { machine in
            let seen = try CaseTensors(c).run(c, on: machine.stream, machine.library)
            #expect(seen?.kernel.form == form)
        }
    }

    @Test func `A refusal names what was tried`() throws {
        let wide = Self.prompt.with { $0.headSize = 1024 }
        try MockMachine.use(capability: 75, sharedMemory: 65_536) { machine in
            let text = message {
                try CaseTensors(wide).run(
                    wide,
                    on: machine.stream,
                    machine.library,
                    selection: KernelSelection(sdpaKernel: 3)
                )
            }
            #expect(text.contains("head_size 1024 on Emulated GPU (sm_75)"))
            #expect(text.contains("needs more shared memory than a block has there"))
        }
    }

    @Test func `Names of kernels are unique`() {
        #expect(Set(CUDAKernelList.all.map(\.name)).count == CUDAKernelList.all.count)
        #expect(CUDAKernelList.all.count == 91)
    }

    @Test(arguments: [true, false])
    func `Sparse attention over every position is that of PagedAttention`(
        _ hasCompiler: Bool
    ) throws {
        try MockMachine.use(hasCompiler: hasCompiler) { machine in
            let c = Self.decode.with { $0.lengths = [.init(past: 40, new: 1)] }
            let (dense, sparse) = (CaseTensors(c), CaseTensors(c))
            try dense.run(
                c,
                on: machine.stream,
                machine.library,
                selection: KernelSelection(sdpaKernel: 16)
            )
            let attention = try CUDAAttention(
                attributes: c.attributes,
                activationType: c.activation,
                cacheType: c.cache,
                sparse: SparseSelection(),
                library: machine.library
            )
            let placed = try DeviceTensors(sparse, on: machine.stream)
            // The mock's device has the host's memory.
            let indices = Tensor((0..<41).map(Int32.init), TensorShape(1, 41))
            let counts = Tensor([41] as [Int32])
            let inputs = SparseInputs(
                attention: placed.inputs,
                selectedIndices: indices.view,
                selectedCounts: counts.view
            )
            let call = try attention.call(inputs, output: placed.output)
            let choice = try attention.launch(call, on: machine.stream)
            try placed.finish(sparse)
            #expect(choice?.kernel.form == .sparse)
            #expect(sparse.output.bytes.elementsEqual(dense.output.bytes))
            let wrong = SparseInputs(
                attention: placed.inputs,
                selectedIndices: counts.view,
                selectedCounts: counts.view
            )
            let text = message { _ = try attention.call(wrong, output: placed.output) }
            #expect(text.contains("selected_indices must have shape (1, any)"))
        }
    }

    @Test func `A call of no tokens launches nothing`() throws {
        try MockMachine.use { machine in
            let c = Self.decode.with { $0.lengths = [.init(past: 5, new: 0)] }
            let seen = try CaseTensors(c).run(c, on: machine.stream, machine.library)
            #expect(seen == nil && paged_mock_calls("cuLaunchKernel") == 0)
        }
    }

    @Test func `A call that is repeated allocates nothing`() throws {
        try MockMachine.use { machine in
            let tensors = CaseTensors(Self.decode)
            let attention = try CUDAAttention(
                attributes: Self.decode.attributes,
                activationType: .float16,
                cacheType: .float16,
                library: machine.library
            )
            let placed = try DeviceTensors(tensors, on: machine.stream)
            func repeatCall() throws {
                let call = try attention.call(placed.inputs, output: placed.output)
                try attention.launch(call, on: machine.stream)
            }
            try repeatCall()
            let buffers = paged_mock_calls("cuMemAlloc_v2")
            try #require(paged_allocations_begin())
            let before = paged_allocations_of_thread()
            for _ in 0..<10 { try repeatCall() }
            #expect(paged_allocations_of_thread() == before)
            #expect(paged_mock_calls("cuMemAlloc_v2") == buffers)
            try placed.finish(tensors)
        }
    }
}
