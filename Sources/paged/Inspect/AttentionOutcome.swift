import PagedAttention
import PagedGraph
import PagedKernels

/// What would serve a node here, or why nothing would.
struct AttentionOutcome: Encodable, Equatable {
    /// The kernel's name; nil if the node is refused.
    let kernel: String?
    /// Why it is this kernel.
    private(set) var why: String?
    /// Why the node is refused.
    private(set) var refusal: String?
    /// What a run could still hold that the operator refuses.
    private(set) var wouldRefuse: [String] = []

    init(_ node: AttentionNode, _ details: AttentionDetails?) {
        switch node.kind {
        case .paged, .sparsePaged:
            do throws(OperatorError) {
                let record = try node.kernel()
                kernel = record.name
                why = Self.reason(record)
                wouldRefuse = Self.limits(record, details)
            } catch {
                kernel = nil
                refusal = error.message
            }
        case .notPaged:
            kernel = nil
            refusal =
                node.node.operatorType == "GroupQueryAttention"
                ? "not paged, but becomes so when its model folder is served"
                : "not paged: \(node.node.operatorType) has no blocks; export the model with "
                    + "GroupQueryAttention or use_paged_attention"
        }
    }

    private static func reason(_ record: KernelRecord) -> String {
        if record.isReference {
            return "no kernel serves this head size; the reference in Double does, slowly"
        }
        let rivals = KernelList.all.filter {
            $0.serves(record) && $0.instructionSet > record.instructionSet
        }
        let name = record.instructionSet.name
        guard let best = rivals.first else {
            return "\(name) is the best of this build, and this processor runs it"
        }
        guard let passed = rivals.last(where: { $0.instructionSet <= .best }) else {
            let next = best.instructionSet
            return "\(name) is the best that this processor runs; "
                + "\(next.name) needs \(next.requirement)"
        }
        return "\(passed.name) serves head sizes \(passed.headSizes.summary) and block sizes "
            + "\(passed.blockSizes.summary) only"
    }

    private static func limits(_ record: KernelRecord, _ details: AttentionDetails?) -> [String] {
        var limits: [String] = []
        if details?.headSize == nil {
            limits.append("head sizes other than \(record.headSizes.summary)")
        }
        if details?.blockSize == nil {
            limits.append("block sizes other than \(record.blockSizes.summary)")
        }
        if let positions = details?.rotaryPositions {
            limits.append("positions from \(positions) on: cos_cache and sin_cache end there")
        }
        return limits
    }

    func add(to rows: inout Rows) {
        if let kernel {
            rows.add("kernel", kernel)
            rows.add("why", why)
            rows.add("would refuse", wouldRefuse)
        } else {
            rows.add("kernel", "none")
            rows.add("refused", refusal)
        }
    }
}
