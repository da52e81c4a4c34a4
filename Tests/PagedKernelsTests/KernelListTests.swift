import PagedAttention
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
        #expect(attention.kernel.instructionSet == InstructionSet.best)
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
        #expect(attention.kernel.name == "float32.float16.\(set.name)")
    }
}
