import PagedAttention
import PagedCUDA
import PagedCases
import PagedKernels
import Testing

extension ParityCase: CustomTestStringConvertible {
    package var testDescription: String { name }
}

/// The cases of ONNX Runtime's first tests of the operator, with every family of kernels forced by `sdpa_kernel`, on every
/// architecture that has kernels of its own.
@Suite struct ParityTests {
    private struct Machine {
        let capability: Int
        let sharedMemory: Int32
        /// The most channels that its tensor cores serve.
        let headSize: Int
    }

    private static let pascal = Machine(capability: 61, sharedMemory: 49_152, headSize: 256)
    private static let turing = Machine(capability: 75, sharedMemory: 65_536, headSize: 128)
    private static let ampere = Machine(capability: 80, sharedMemory: 166_912, headSize: 256)
    private static let hopper = Machine(capability: 90, sharedMemory: 232_448, headSize: 256)

    /// Runs a case with each number, which has to choose the form beside it.
    private func check(
        _ c: AttentionCase,
        on machine: Machine,
        _ choices: [(number: Int, form: CUDAKernel.Form)]
    ) throws {
        let c = c.with { $0.headSize = machine.headSize }
        let expectation = try ReferenceResult(c)
        for (number, form) in choices {
            try MockMachine.use(
                capability: machine.capability,
                sharedMemory: machine.sharedMemory
            ) { mock in
                let tensors = CaseTensors(c)
                let choice = try tensors.run(
                    c,
                    on: mock.stream,
                    mock.library,
                    selection: KernelSelection(sdpaKernel: number)
                )
                #expect(choice?.family.rawValue == number && choice?.kernel.form == form)
                for problem in try expectation.problems(tensors, c) {
                    Issue.record("sdpa_kernel \(number), \(form.rawValue): \(problem) in \(c)")
                }
            }
        }
    }

    @Test(arguments: ParityCase.all)
    func `Efficient attention and math agree on every GPU`(_ parity: ParityCase) throws {
        let choices: [(Int, CUDAKernel.Form)] = [(2, .portable), (16, .math)]
        try check(parity.prompt, on: Self.pascal, choices)
        try check(parity.decode.with(Self.setBFloat16), on: Self.pascal, choices)
    }

    @Test(arguments: ParityCase.all)
    func `Flash and decoder attention agree on SM75`(_ parity: ParityCase) throws {
        try check(parity.prompt, on: Self.turing, [(1, .smallPrompt)])
        try check(parity.decode, on: Self.turing, [(1, .decode), (512, .decode)])
    }

    @Test(arguments: ParityCase.all)
    func `Flash and decoder attention agree on SM80`(_ parity: ParityCase) throws {
        for change in [{ _ in }, Self.setBFloat16] {
            try check(parity.prompt.with(change), on: Self.ampere, [(1, .prompt)])
            let choices: [(Int, CUDAKernel.Form)] = [(1, .decode), (512, .decode)]
            try check(parity.decode.with(change), on: Self.ampere, choices)
        }
    }

    @Test(arguments: ParityCase.all)
    func `SM90's own attention agrees there, with decodes too`(_ parity: ParityCase) throws {
        for c in [parity.prompt, parity.decode] { try check(c, on: Self.hopper, [(8, .hopper)]) }
    }

    private static let setBFloat16: @Sendable (inout AttentionCase) -> Void = {
        ($0.activation, $0.cache) = (.bfloat16, .bfloat16)
    }
}
