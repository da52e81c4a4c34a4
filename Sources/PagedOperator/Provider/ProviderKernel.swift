internal import COnnxRuntime
internal import PagedAttention

/// The kernel of one node: the custom operator's object, or that of a GPU, behind the structure that a
/// provider fills in.
enum ProviderKernel {
    /// Makes the kernel of a node, with the switches of its session's provider.
    static func make(
        _ registered: RegisteredKernel,
        _ tables: ProviderTables,
        _ info: OpaquePointer
    ) throws(OnnxRuntimeError) -> UnsafeMutablePointer<ort_provider_kernel> {
        var provider: UnsafePointer<ort_provider>?
        try tables.main.check(ort_provider_of_kernel(tables.provider)(info, &provider))
        guard let provider else {
            throw OnnxRuntimeError(.invalidArgument("PagedAttention: a node without a provider"))
        }
        let node = NodeAttributes(table: tables.main, info: info)
        let settings = Provider.settings(of: provider)
        let kernel: any NodeKernel =
            switch registered {
            case .attention(let schema):
                try OperatorKernel(
                    table: tables.main,
                    info: info,
                    schema: schema,
                    activationType: node.inputType(0),
                    cacheType: node.inputType(3),
                    switches: settings.switches
                )
            case .attentionOnGPU:
                try GPUKernel(node, settings.switches, settings.opened())
            case .copy(let form): CopyKernel(tables.main, form, try settings.opened())
            }
        return make(Holder(kernel))
    }

    private static func make(_ object: Holder) -> UnsafeMutablePointer<ort_provider_kernel> {
        let kernel = UnsafeMutablePointer<paged_provider_kernel>.allocate(capacity: 1)
        kernel.initialize(
            to: paged_provider_kernel(
                base: ort_provider_kernel(),
                object: Unmanaged.passRetained(object).toOpaque()
            )
        )
        kernel.pointee.base.version = ProviderFactory.oldestVersion
        kernel.pointee.base.compute = { own, context in
            own.object._withUnsafeGuaranteedRef { holder in
                let kernel = holder.kernel
                return kernel.table.status { () throws(OnnxRuntimeError) in
                    try kernel.compute(context)
                }
            }
        }
        kernel.pointee.base.release = { own in
            own.object.release()
            own.own.deallocate()
        }
        return UnsafeMutableRawPointer(kernel).assumingMemoryBound(to: ort_provider_kernel.self)
    }
}

/// One object for kernels of both kinds.
private final class Holder {
    let kernel: any NodeKernel

    init(_ kernel: any NodeKernel) { self.kernel = kernel }
}

extension UnsafeMutablePointer<ort_provider_kernel> {
    fileprivate var own: UnsafeMutablePointer<paged_provider_kernel> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: paged_provider_kernel.self)
    }

    fileprivate var object: Unmanaged<Holder> {
        Unmanaged.fromOpaque(own.pointee.object)
    }
}
