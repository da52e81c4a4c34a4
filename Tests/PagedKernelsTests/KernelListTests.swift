import PagedAttention
import PagedCases
import PagedKernels
import Testing

@Suite struct KernelListTests {
    @Test func `Names are unique`() {
        #expect(Set(KernelList.all.map(\.name)).count == KernelList.all.count)
    }

    @Test func `Every pair of types has a baseline kernel`() {
        for pair in ConformanceCases.typePairs {
            #expect(
                KernelList.available.contains {
                    $0.instructionSet == .baseline && $0.activationType == pair.activation
                        && $0.cacheType == pair.cache
                }
            )
        }
    }

    @Test func `The most capable available kernel is chosen`() throws {
        let attributes = AttentionAttributes(headCount: 2, keyValueHeadCount: 1)
        let attention = try PagedAttentionOperator(
            attributes: attributes,
            activationType: .float16,
            cacheType: .float16
        )
        #expect(attention.kernels.first?.instructionSet == InstructionSet.best)
    }

    @Test(arguments: InstructionSet.allCases.filter { $0 <= InstructionSet.best })
    func `A lower instruction set can be asked for`(_ set: InstructionSet) throws {
        let attributes = AttentionAttributes(headCount: 2, keyValueHeadCount: 1)
        let attention = try PagedAttentionOperator(
            attributes: attributes,
            activationType: .float32,
            cacheType: .float16,
            instructionSet: set
        )
        #expect(attention.kernels.map(\.name) == ["float32.float16.\(set.name)"])
    }

    @Test(arguments: [(64, "float32.float32.avx512"), (128, "float32.float32.baseline")])
    func `A call gets the first kernel that serves its sizes`(
        _ headSize: Int,
        _ name: String
    ) throws {
        let general = try #require(
            KernelList.all.first { $0.name == "float32.float32.baseline" }
        )
        let special = KernelRecord(
            .avx512,
            .float32,
            .float32,
            general.functions,
            headSizes: .multiple(of: 64, maximum: 64)
        )
        let c = AttentionCase(headSize: headSize)
        let attention = try PagedAttentionOperator(
            attributes: c.attributes,
            activationType: .float32,
            cacheType: .float32,
            records: [special, general]
        )
        let tensors = CaseTensors(c)
        try tensors.withInputs { inputs in
            let shape = try attention.shape(of: inputs)
            #expect(try attention.kernel(for: shape).kernel.name == name)
        }
    }
}
