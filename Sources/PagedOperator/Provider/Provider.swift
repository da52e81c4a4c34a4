internal import COnnxRuntime
internal import PagedAttention

/// The provider in one session, on the processor or on one GPU: it takes the nodes for which it has a kernel.
enum Provider {
    /// What a session set.
    final class Settings: Sendable {
        let switches: KernelSwitches
        /// The GPU that the nodes run on; nil for the processor.
        let context: GPUContext?

        init(_ switches: KernelSwitches, _ context: GPUContext?) {
            self.switches = switches
            self.context = context
        }

        /// The GPU of a node that is registered for GPUs.
        func opened() throws(OnnxRuntimeError) -> GPUContext {
            if let context { return context }
            throw OnnxRuntimeError(.invalidArgument("PagedAttention: a node without its GPU"))
        }
    }

    /// The provider of a session; ``release(_:)`` frees it.
    static func make(
        _ factory: UnsafePointer<paged_provider_factory>,
        _ settings: Settings
    ) throws(OnnxRuntimeError) -> UnsafeMutablePointer<ort_provider> {
        let registry = try ProviderRegistry.registry(
            for: ProviderTables(factory),
            onGPU: settings.context != nil
        )
        let provider = UnsafeMutablePointer<paged_provider>.allocate(capacity: 1)
        provider.initialize(
            to: paged_provider(
                base: ort_provider(),
                factory: factory,
                registry: registry,
                settings: Unmanaged.passRetained(settings).toOpaque()
            )
        )
        provider.pointee.base.version = ProviderFactory.oldestVersion
        provider.pointee.base.name = { _ in constantText(ProviderFactory.name) }
        provider.pointee.base.capability = { own, graph, support in
            let tables = ProviderTables(own.own.pointee.factory)
            return tables.main.status { () throws(OnnxRuntimeError) in
                try Provider.takeNodes(of: graph, support, tables)
            }
        }
        provider.pointee.base.kernel_registry = { own, registry in
            registry.pointee = own.own.pointee.registry
            return nil
        }
        return UnsafeMutableRawPointer(provider).assumingMemoryBound(to: ort_provider.self)
    }

    /// Frees a provider that `make` made.
    static func release(_ provider: UnsafeMutablePointer<ort_provider>) {
        provider.own.pointee.unmanagedSettings.release()
        provider.own.deallocate()
    }

    /// What the session of a provider set.
    static func settings(of provider: UnsafePointer<ort_provider>) -> Settings {
        let own = UnsafeRawPointer(provider).assumingMemoryBound(to: paged_provider.self)
        return own.pointee.unmanagedSettings.takeUnretainedValue()
    }

    private static func takeNodes(
        of graph: OpaquePointer,
        _ support: OpaquePointer,
        _ tables: ProviderTables
    ) throws(OnnxRuntimeError) {
        let table = tables.main
        var count = 0
        try table.check(ort_node_count(table.pointer)(graph, &count))
        var nodes = [OpaquePointer?](repeating: nil, count: count)
        try table.check(ort_nodes(table.pointer)(graph, &nodes, count))
        for case let node? in nodes {
            var definition: OpaquePointer?
            try table.check(ort_find_kernel(tables.provider)(support, node, &definition))
            guard definition != nil else { continue }
            try table.check(ort_take_node(tables.provider)(support, node))
        }
    }
}

extension paged_provider {
    fileprivate var unmanagedSettings: Unmanaged<Provider.Settings> {
        Unmanaged.fromOpaque(settings)
    }
}

extension UnsafeMutablePointer<ort_provider> {
    fileprivate var own: UnsafeMutablePointer<paged_provider> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: paged_provider.self)
    }
}
