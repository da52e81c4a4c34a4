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

    @Test func `The environment switches families off as on processors`() throws {
        try MockMachine.use { machine in
            let selection = KernelSelection(
                environment: [
                    "ORT_DISABLE_FLASH_ATTENTION": "1", "ORT_DISABLE_DECODER_ATTENTION": "1",
                ]
            )
            let seen = try CaseTensors(Self.prompt)
                .run(Self.prompt, on: machine.stream, machine.library, selection: selection)
            #expect(seen?.kernel.form == .portable)
        }
    }

    @Test func `Math alone is refused with what there is`() throws {
        try MockMachine.use { machine in
            let text = message {
                try CaseTensors(Self.decode).run(
                    Self.decode,
                    on: machine.stream,
                    machine.library,
                    selection: KernelSelection(sdpaKernel: 16)
                )
            }
            #expect(text.contains("only MATH") && text.contains("2 (EFFICIENT_ATTENTION)"))
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

    @Test func `A block without the shared memory gets another kernel`() throws {
        let c = Self.prompt.with { $0.headSize = 128 }
        try MockMachine.use(capability: 75, sharedMemory: 65_536) { machine in
            let seen = try CaseTensors(c).run(c, on: machine.stream, machine.library)
            #expect(seen?.kernel.form == .portable)
        }
        let wide = Self.prompt.with { $0.headSize = 1024 }
        try MockMachine.use(capability: 75, sharedMemory: 65_536) { machine in
            let text = message {
                try CaseTensors(wide).run(wide, on: machine.stream, machine.library)
            }
            #expect(text.contains("head_size 1024 on Emulated GPU (sm_75)"))
            #expect(text.contains("needs more shared memory than a block has there"))
        }
    }

    @Test func `Names of kernels are unique`() {
        #expect(Set(CUDAKernelList.all.map(\.name)).count == CUDAKernelList.all.count)
        #expect(CUDAKernelList.all.count == 40)
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
