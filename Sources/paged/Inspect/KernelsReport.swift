import PagedAttention
import PagedKernels

/// `paged inspect --kernels`: every kernel of this build, and which of them serve here.
struct KernelsReport: Report {
    struct Kernel: Encodable {
        let name: String
        let instructions: String
        let activationType: String
        let cacheType: String
        let headSizes: String
        let blockSizes: String
        /// Whether this processor has the instructions.
        let runs: Bool
        /// Whether calls of these types get it here.
        let isChosen: Bool
    }

    /// A kernel of products of 4-bit weights.
    struct Product: Encodable {
        let name: String
        let runs: Bool
        let isChosen: Bool
    }

    /// The instruction sets that this processor has.
    let processor: [String]
    let kernels: [Kernel]
    let products: [Product]
    /// The same for GPUs.
    let cuda = CUDAKernelsReport()

    init() {
        let available = KernelList.available
        processor = InstructionSet.allCases.filter { $0 <= .best }.map(\.name)
        kernels = KernelList.all.map { record in
            Kernel(
                name: record.name,
                instructions: record.instructionSet.name,
                activationType: record.activationType.name,
                cacheType: record.cacheType.name,
                headSizes: record.headSizes.summary,
                blockSizes: record.blockSizes.summary,
                runs: record.instructionSet <= .best,
                isChosen: available.first { $0.serves(record) }?.name == record.name
            )
        }
        let chosen = MatMulNBitsKernel.available.first?.instructionSet
        products = MatMulNBitsKernel.all.map { kernel in
            Product(
                name: "\(kernel)",
                runs: kernel.instructionSet <= .best,
                isChosen: kernel.instructionSet == chosen
            )
        }
    }

    private static func outcome(runs: Bool, isChosen: Bool) -> String {
        isChosen ? "chosen" : runs ? "runs" : "does not run"
    }

    var rendered: String {
        var table = Table(header: ["kernel", "head sizes", "block sizes", "on this processor"])
        for kernel in kernels {
            let outcome = Self.outcome(runs: kernel.runs, isChosen: kernel.isChosen)
            table.add([kernel.name, kernel.headSizes, kernel.blockSizes, outcome])
        }
        var productTable = Table(header: ["products of 4-bit weights", "on this processor"])
        for kernel in products {
            productTable.add([
                kernel.name, Self.outcome(runs: kernel.runs, isChosen: kernel.isChosen),
            ])
        }
        var rows = Rows()
        rows.add(title: "This processor runs \(processor.joined(separator: ", ")).")
        for set in InstructionSet.allCases where set > .best {
            rows.add(title: "\(set.name) needs \(set.requirement).")
        }
        rows.addSpace()
        return rows.text + table.text + """

              A kernel's name is activations.cache.instructions. A node gets the chosen kernel of its
              types; sizes that it does not serve go to the baseline kernel, then to the reference in
              Double, which is slow.


            """ + productTable.text + cuda.rendered
    }
}

extension KernelRecord {
    /// Whether both serve the same types.
    func serves(_ other: KernelRecord) -> Bool {
        activationType == other.activationType && cacheType == other.cacheType
    }
}

extension InstructionSet {
    /// What a processor must have.
    var requirement: String {
        switch self {
        case .baseline: "nothing more than the architecture"
        case .avx2: "x86-64-v3: AVX2, FMA, F16C, BMI"
        case .avx512: "x86-64-v4: AVX-512 F, BW, CD, DQ and VL"
        case .avx512bf16: "x86-64-v4, AVX512_BF16 and AVX512_VNNI"
        }
    }
}

extension SizeRule {
    /// The sizes in words.
    var summary: String {
        switch self {
        case .multiple(let unit, let maximum): "multiples of \(unit) up to \(maximum)"
        case .powerOfTwo(let minimum): "powers of two from \(minimum)"
        }
    }
}
