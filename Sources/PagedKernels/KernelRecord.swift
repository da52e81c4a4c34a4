public import PagedAttention

/// One kernel: what it can do, and how to call it.
///
/// The list of records feeds the choice at construction, the conformance tests, the benchmarks and
/// the tool's list of kernels. A new kernel is a new record and a file of code.
public struct KernelRecord: Sendable, CustomStringConvertible {
    /// A unique name, such as `"float16.int8.avx2"`: activation, cache, instruction set, which is
    /// `reference` for the reference in `Double`.
    public let name: String
    /// The instructions that it uses.
    public let instructionSet: InstructionSet
    /// The type of queries, keys, values and output.
    public let activationType: ElementType
    /// What the elements of the caches are: a type of activations, or of codes.
    public let cacheType: ElementType
    /// Head sizes that it serves.
    public let headSizes: SizeRule
    /// Block sizes that it serves.
    public let blockSizes: SizeRule
    /// Nil for the reference.
    package let functions: KernelFunctions?

    /// Whether this is the reference in `Double` and not a kernel.
    public var isReference: Bool { functions == nil }

    /// Whether an instruction makes two products for each lane, of bfloat16 or of integers, and not one in
    /// float32.
    public var multipliesPairs: Bool {
        let pairs: [ElementType] = [.bfloat16, .int8, .int4, .float4e2m1]
        return !isReference && instructionSet == .avx512bf16 && pairs.contains(cacheType)
    }

    /// The name.
    public var description: String { name }

    package init(
        _ instructionSet: InstructionSet,
        _ activationType: ElementType,
        _ cacheType: ElementType,
        _ functions: KernelFunctions?,
        headSizes: SizeRule = .multiple(of: 8, maximum: 1024),
        blockSizes: SizeRule = .powerOfTwo(minimum: 16)
    ) {
        let form = functions == nil ? "reference" : instructionSet.name
        name = "\(activationType.name).\(cacheType.name).\(form)"
        self.instructionSet = instructionSet
        self.activationType = activationType
        self.cacheType = cacheType
        self.headSizes = headSizes
        self.blockSizes = blockSizes
        self.functions = functions
    }
}

/// Which sizes a kernel serves.
public enum SizeRule: Equatable, Sendable {
    /// Multiples of a number, up to a maximum.
    case multiple(of: Int, maximum: Int)
    /// Powers of two, from a minimum.
    case powerOfTwo(minimum: Int)

    /// Whether the rule admits a size.
    public func admits(_ size: Int) -> Bool {
        switch self {
        case .multiple(let unit, let maximum):
            size > 0 && size <= maximum && size % unit == 0
        case .powerOfTwo(let minimum):
            size >= minimum && size & (size - 1) == 0
        }
    }
}
