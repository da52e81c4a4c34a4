import PagedAttention
import PagedCUDA
import PagedCases
import Testing

/// The whole way from tensors to launches, for every row of the list, on the mock of the driver.
@Suite struct LaunchConformanceTests {
    static let kernels = CUDAKernelList.attention

    /// Cases take turns with rows, but those of latent rows, which are few: the emulated kernels get all of them elsewhere.
    private static func cases(_ kernel: CUDAKernel) -> [(index: Int, case: AttentionCase)] {
        let turn = CUDAKernelList.all.firstIndex(of: kernel) ?? 0
        return ConformanceCases.all.enumerated().compactMap { index, base in
            let c = base.with {
                ($0.activation, $0.cache) = (kernel.activationType, kernel.cacheType)
                $0.seed = UInt64(index + 1)
            }
            let isItsTurn = kernel.form == .latent || index % 3 == turn % 3
            return c.isServed(by: kernel) && isItsTurn ? (index, c) : nil
        }
    }

    @Test(arguments: kernels)
    func `Every kernel of the list agrees with the reference`(_ kernel: CUDAKernel) throws {
        let cases = Self.cases(kernel)
        #expect(cases.count > 5)
        try MockMachine.use { machine in
            for (index, c) in cases {
                let expectation = try ReferenceResult(c)
                let tensors = CaseTensors(c)
                let choice = try tensors.run(c, on: machine.stream, machine.library, kernel: kernel)
                #expect(choice?.kernel == kernel)
                for problem in try expectation.problems(tensors, c) {
                    Issue.record("\(kernel), case \(index): \(problem) in \(c)")
                }
            }
        }
    }

    @Test func `A check over cases tells good kernels from wrong ones`() throws {
        let kernel = try #require(Self.kernels.first { $0.form == .portable })
        try MockMachine.use { machine in
            var check = CUDACheck(seed: 7)
            let cases = Array(ConformanceCases.all.prefix(3))
            check.check(kernel, cases: cases, on: machine.stream, machine.library)
            #expect(check.isGood, "\(check.rows)")
            // The first kernel of the next case fails.
            MockMachine.failKernels(after: 0)
            check.check(kernel, cases: cases, on: machine.stream, machine.library)
            #expect(!check.isGood)
        }
    }

    @Test func `A check that has no more time says how many cases it left out`() throws {
        let kernel = try #require(Self.kernels.first { $0.form == .portable })
        try MockMachine.use { machine in
            var check = CUDACheck(seed: 7)
            let cases = CUDACheck.few(for: kernel)
            let now = ContinuousClock.now
            let row = check.check(
                kernel,
                cases: cases,
                until: now,
                on: machine.stream,
                machine.library
            )
            #expect(row.leftOut == 4 && row.agreed == 0 && !check.isGood)
        }
    }

    @Test func `A check of a kernel without code says so, and finds no problem`() throws {
        let kernel = try #require(Self.kernels.first { $0.form == .latent })
        try MockMachine.use(hasCompiler: false) { machine in
            var check = CUDACheck(seed: 7)
            let row = check.check(kernel, on: machine.stream, machine.library)
            #expect(row.noCode?.contains("no code for paged_latent576") == true)
            #expect(row.problems.isEmpty && !check.isGood)
        }
    }
}
