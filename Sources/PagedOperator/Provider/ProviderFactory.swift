package import COnnxRuntime
internal import PagedAttention

/// Makes what ONNX Runtime asks of an execution provider library: a factory of providers.
///
/// The provider has kernels and nothing else: no memory, no streams, no compiler. So ONNX Runtime
/// runs it beside its own processor provider without a copy.
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
            factories.pointee = try make(table)
            count.pointee = 1
        }
    }

    /// A factory is never freed: a session may outlive the registration of its library, and
    /// releases its provider through the factory.
    private static func make(
        _ table: OnnxRuntimeTable
    ) throws(OnnxRuntimeError) -> UnsafeMutablePointer<ort_provider_factory> {
        guard let providerTable = ort_functions_for_providers(table.pointer)() else {
            throw OnnxRuntimeError(
                .notImplemented("\(name): this ONNX Runtime is built without plugin providers")
            )
        }
        let registry = try ProviderRegistry.registry(
            for: ProviderTables(main: table, provider: providerTable)
        )
        let factory = UnsafeMutablePointer<paged_provider_factory>.allocate(capacity: 1)
        factory.initialize(
            to: paged_provider_factory(
                base: ort_provider_factory(),
                table: table.pointer,
                table_version: table.version,
                provider_table: providerTable,
                registry: registry
            )
        )
        factory.pointee.base.version = oldestVersion
        describe(&factory.pointee.base)
        describeDevices(&factory.pointee.base)
        describeProviders(&factory.pointee.base)
        describeDomains(&factory.pointee.base)
        return UnsafeMutableRawPointer(factory).assumingMemoryBound(to: ort_provider_factory.self)
    }

    private static func describe(_ base: inout ort_provider_factory) {
        base.name = { _ in constantText(ProviderFactory.name) }
        base.vendor = { _ in constantText("swift-paged-attention") }
        base.vendor_identifier = { _ in 0 }
        base.provider_version = { _ in constantText(ProviderFactory.version) }
        base.create_allocator = { _, _, _, out in
            out.pointee = nil
            return nil
        }
        base.release_allocator = { _, _ in }
        base.create_data_transfer = { _, out in
            out.pointee = nil
            return nil
        }
        base.has_streams = { _ in false }
    }

    /// Every processor among the devices.
    private static func describeDevices(_ base: inout ort_provider_factory) {
        base.supported_devices = { own, devices, deviceCount, out, capacity, count in
            let tables = ProviderTables(own.own)
            let table = tables.main
            return table.status { () throws(OnnxRuntimeError) in
                count.pointee = 0
                for index in 0..<deviceCount where count.pointee < capacity {
                    let kind = ort_hardware_kind(table.pointer)(devices[index])
                    guard kind == ORT_PROCESSOR else { continue }
                    try table.check(
                        ort_create_provider_device(tables.provider)(
                            own,
                            devices[index],
                            nil,
                            nil,
                            &out[count.pointee]
                        )
                    )
                    count.pointee += 1
                }
            }
        }
    }

    private static func describeProviders(_ base: inout ort_provider_factory) {
        base.create_provider = { own, _, _, _, options, _, out in
            let table = ProviderTables(own.own).main
            return table.status { () throws(OnnxRuntimeError) in
                let switches = try ProviderOptions.read(table, options)
                out.pointee = Provider.make(own.own, switches)
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
