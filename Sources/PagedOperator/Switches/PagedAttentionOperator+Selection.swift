internal import PagedAttention
internal import PagedKernels

extension PagedAttentionOperator {
    /// The operator of a node, with the kernels that a selection allows.
    convenience init(
        attributes: AttentionAttributes,
        activationType: ElementType,
        cacheType: ElementType,
        selection: KernelSelection
    ) throws(OperatorError) {
        let families = selection.families(isDecodeShaped: true)
        let best = families.contains(.flashAttention) || families.contains(.decoderAttention)
        guard best || families.contains(.efficientAttention) else {
            throw .notImplemented("sdpa_kernel 16 (MATH) is not implemented")
        }
        try self.init(
            attributes: attributes,
            activationType: activationType,
            cacheType: cacheType,
            records: KernelList.available.filter { best || $0.instructionSet == .baseline }
        )
    }

    /// The family and the kernel that serve the sizes of a call.
    func choice(
        for shape: AttentionShape,
        _ selection: KernelSelection
    ) throws(OperatorError) -> (family: KernelFamily, kernel: String) {
        let isDecodeShaped = shape.tokenCount <= shape.sequenceCount
        guard let family = selection.families(isDecodeShaped: isDecodeShaped).first else {
            throw .invalidArgument(selection.refusal)
        }
        return (family, try kernel(for: shape).name)
    }
}
