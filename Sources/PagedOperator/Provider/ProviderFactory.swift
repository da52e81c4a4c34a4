package import COnnxRuntime
internal import PagedAttention

/// Makes what ONNX Runtime asks of an execution provider library: a factory of providers.
///
/// On the processor the provider has kernels and nothing else: no memory, no streams, no compiler. So
/// ONNX Runtime runs it beside its own processor provider without a copy. Each GPU is a device of the
/// provider too, with memory, copies and streams; the processor comes first, and so serves whoever
/// names the provider without a device.
package enum ProviderFactory {
    /// The name under which sessions choose the provider.
    static let name: StaticString = "PagedAttentionExecutionProvider"
    /// What devices of the provider report; the same version as the tool's.
    private static let version: StaticString = "0.1.0"
    /// The oldest interface version with kernel registries: ONNX Runtime 1.24.
    static let oldestVersion: UInt32 = 24

    /// Puts a factory into `factories`; null means success.
    ///
    /// - Returns: a status that names both versions where ONNX Runtime is too old. Nothing is
    ///   written then: before 1.23 the arguments after `base` are others.
    package static func create(
        base: UnsafePointer<ort_base>,
        logger: OpaquePointer? = nil,
        factories: UnsafeMutablePointer<UnsafeMutablePointer<ort_provider_factory>?>?,
        capacity: Int,
        count: UnsafeMutablePointer<Int>?
    ) -> OpaquePointer? {
        OnnxRuntimeTable.status(base: base) { table throws(OnnxRuntimeError) in
            guard table.version >= oldestVersion else {
                let library = String(cString: base.pointee.version())
                throw OnnxRuntimeError(
                    .notImplemented(
                        "ONNX Runtime \(library) is too old for \(name), which needs 1."
                            + "\(oldestVersion); register_custom_ops_library works since 1."
                            + "\(OnnxRuntimeTable.oldestVersion)"
                    )
                )
            }
            guard let factories, let count, capacity > 0 else {
                throw OnnxRuntimeError(.invalidArgument("\(name): no room for a factory"))
            }
            factories.pointee = try make(table, logger)
            count.pointee = 1
        }
    }

    /// A factory is never freed: a session may outlive the registration of its library, and
    /// releases its provider through the factory.
    private static func make(
        _ table: OnnxRuntimeTable,
        _ logger: OpaquePointer?
    ) throws(OnnxRuntimeError) -> UnsafeMutablePointer<ort_provider_factory> {
        guard let providerTable = ort_functions_for_providers(table.pointer)() else {
            throw OnnxRuntimeError(
                .notImplemented("\(name): this ONNX Runtime is built without plugin providers")
            )
        }
        let factory = UnsafeMutablePointer<paged_provider_factory>.allocate(capacity: 1)
        factory.initialize(
            to: paged_provider_factory(
                base: ort_provider_factory(),
                table: table.pointer,
                table_version: table.version,
                provider_table: providerTable,
                logger: logger
            )
        )
        factory.pointee.base.version = oldestVersion
        describe(&factory.pointee.base)
        describeDevices(&factory.pointee.base)
        describeMemory(&factory.pointee.base)
        describeProviders(&factory.pointee.base)
        describeDomains(&factory.pointee.base)
        return UnsafeMutableRawPointer(factory).assumingMemoryBound(to: ort_provider_factory.self)
    }

    private static func describe(_ base: inout ort_provider_factory) {
        base.name = { _ in constantText(ProviderFactory.name) }
        base.vendor = { _ in constantText("swift-paged-attention") }
        base.vendor_identifier = { _ in 0 }
        base.provider_version = { _ in constantText(ProviderFactory.version) }
    }

    private static func describeDevices(_ base: inout ort_provider_factory) {
        base.supported_devices = { own, devices, deviceCount, out, capacity, count in
            let tables = ProviderTables(own.own)
            return tables.main.status { () throws(OnnxRuntimeError) in
                let hardware = (0..<deviceCount).map { devices[$0] }
                var list = ProviderDeviceList(own, tables, out, capacity)
                count.pointee = 0
                try list.add(hardware)
                count.pointee = list.count
            }
        }
    }

    /// Memory, copies and streams of GPUs; the processor has ONNX Runtime's own.
    private static func describeMemory(_ base: inout ort_provider_factory) {
        base.create_allocator = { own, memory, _, out in
            let tables = ProviderTables(own.own)
            return tables.main.status { () throws(OnnxRuntimeError) in
                let device = memory.map { ort_device_of_memory(tables.provider)($0) }
                let gpu = if let device { try GPUList.find(device, tables) } else { nil as GPU? }
                let logger = own.own.pointee.logger
                out.pointee = gpu.map { GPUAllocator.make($0, tables.main, logger) }
            }
        }
        base.release_allocator = { _, allocator in
            if let allocator { GPUAllocator.release(allocator) }
        }
        base.create_data_transfer = { own, out in
            let tables = ProviderTables(own.own)
            return tables.main.status { () throws(OnnxRuntimeError) in
                let hasGPUs = try !GPUList.list(for: tables).isEmpty
                out.pointee = hasGPUs ? GPUDataTransfer.make(tables) : nil
            }
        }
        base.has_streams = { own in
            let tables = ProviderTables(UnsafeMutablePointer(mutating: own).own)
            return (try? GPUList.list(for: tables).isEmpty) == false
        }
        base.create_stream = { own, device, _, out in
            let tables = ProviderTables(own.own)
            return tables.main.status { () throws(OnnxRuntimeError) in
                out.pointee =
                    if let gpu = try GPUList.find(device, tables) {
                        try GPUStream.make(gpu, tables.main)
                    } else { nil }
            }
        }
    }

    private static func describeProviders(_ base: inout ort_provider_factory) {
        base.create_provider = { own, _, metadata, deviceCount, options, _, out in
            let tables = ProviderTables(own.own)
            return tables.main.status { () throws(OnnxRuntimeError) in
                let switches = try ProviderOptions.read(tables.main, options)
                let list = (0..<deviceCount).compactMap { metadata?[$0] }
                let gpu = try ProviderDeviceList.gpu(of: list, tables)
                let settings = Provider.Settings(switches, try gpu?.open())
                out.pointee = try Provider.make(own.own, settings)
            }
        }
        base.release_provider = { _, provider in
            guard let provider else { return }
            Provider.release(provider)
        }
    }

    /// Our own domain, where float32 is allowed too. ONNX Runtime adds it to sessions that get the
    /// provider by its devices.
    private static func describeDomains(_ base: inout ort_provider_factory) {
        base.operator_domain_count = { _, count in
            count.pointee = 1
            return nil
        }
        base.operator_domains = { own, out, count in
            let table = ProviderTables(own.own).main
            return table.status { () throws(OnnxRuntimeError) in
                guard count > 0 else { return }
                out.pointee = try OperatorRegistration.ownDomainHandle(for: table)
            }
        }
    }
}

extension UnsafeMutablePointer<ort_provider_factory> {
    fileprivate var own: UnsafePointer<paged_provider_factory> {
        UnsafeRawPointer(self).assumingMemoryBound(to: paged_provider_factory.self)
    }
}
