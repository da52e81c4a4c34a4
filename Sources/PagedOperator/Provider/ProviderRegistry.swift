internal import COnnxRuntime
internal import PagedAttention
internal import Synchronization

/// The provider's kernels, as ONNX Runtime finds them: by operator, domain, version and types.
enum ProviderRegistry {
    /// The registry for a loaded ONNX Runtime, of kernels for processors or for GPUs; made once and never
    /// freed, as sessions refer to it.
    static func registry(
        for tables: ProviderTables,
        onGPU: Bool
    ) throws(OnnxRuntimeError) -> OpaquePointer {
        let key = Key(table: tables.main.pointer, isOnGPU: onGPU)
        let result = made.withLock { made -> Result<Handle, OnnxRuntimeError> in
            if let known = made[key] { return .success(known) }
            do throws(OnnxRuntimeError) {
                let handle = Handle(pointer: try make(tables, onGPU: onGPU))
                made[key] = handle
                return .success(handle)
            } catch {
                return .failure(error)
            }
        }
        return try result.get().pointer
    }

    private static func make(
        _ tables: ProviderTables,
        onGPU: Bool
    ) throws(OnnxRuntimeError) -> OpaquePointer {
        let provider = tables.provider
        var registry: OpaquePointer?
        try tables.main.check(ort_create_kernel_registry(provider)(&registry))
        guard let registry else {
            throw OnnxRuntimeError(.notImplemented("\(ProviderFactory.name): no kernel registry"))
        }
        for kernel in onGPU ? RegisteredKernel.onGPU : RegisteredKernel.onProcessor {
            try add(kernel, to: registry, tables)
        }
        return registry
    }

    private static func add(
        _ kernel: RegisteredKernel,
        to registry: OpaquePointer,
        _ tables: ProviderTables
    ) throws(OnnxRuntimeError) {
        let provider = tables.provider
        var builder: OpaquePointer?
        try tables.main.check(ort_create_definition_builder(provider)(&builder))
        guard let builder else { return }
        defer { ort_release_definition_builder(provider)(builder) }
        try describe(kernel, builder, tables)
        var definition: OpaquePointer?
        try tables.main.check(ort_build_definition(provider)(builder, &definition))
        guard let definition else { return }
        defer { ort_release_definition(provider)(definition) }
        let state = UnsafeMutablePointer<KernelState>.allocate(capacity: 1)
        state.initialize(to: KernelState(kernel: kernel, tables: tables))
        try tables.main.check(
            ort_add_kernel(provider)(registry, definition, createKernel, state)
        )
    }

    private static func describe(
        _ kernel: RegisteredKernel,
        _ builder: OpaquePointer,
        _ tables: ProviderTables
    ) throws(OnnxRuntimeError) {
        let provider = tables.provider
        try tables.main.check(ort_set_operator(provider)(builder, constantText(kernel.name)))
        try tables.main.check(ort_set_domain(provider)(builder, constantText(kernel.domain)))
        try tables.main.check(ort_set_versions(provider)(builder, 1, 1))
        let name = constantText(ProviderFactory.name)
        try tables.main.check(ort_set_provider(provider)(builder, name))
        if let index = kernel.hostInput {
            let kind = Int32(ORT_PROCESSOR_INPUT)
            try tables.main.check(ort_set_input_memory(provider)(builder, index, kind))
        }
        if let index = kernel.hostOutput {
            let kind = Int32(ORT_PROCESSOR_OUTPUT)
            try tables.main.check(ort_set_output_memory(provider)(builder, index, kind))
        }
        if kernel.isAttention { try describeAttention(builder, tables) }
    }

    /// Only type names that every schema since 1.24 has are constrained: any other name makes ONNX
    /// Runtime refuse the kernel. The cache's type is checked when a kernel is made.
    private static func describeAttention(
        _ builder: OpaquePointer,
        _ tables: ProviderTables
    ) throws(OnnxRuntimeError) {
        try constrain("T", to: [.float16, .bfloat16], builder, tables)
        try constrain("S", to: [.int32], builder, tables)
        try tables.main.check(ort_add_aliases(tables.provider)(builder, [3, 4], [1, 2], 2))
    }

    private static func constrain(
        _ name: String,
        to elementTypes: [ElementType],
        _ builder: OpaquePointer,
        _ tables: ProviderTables
    ) throws(OnnxRuntimeError) {
        var types: [OpaquePointer?] = []
        for elementType in elementTypes {
            var type: OpaquePointer?
            try tables.main.check(
                ort_tensor_type(tables.provider)(elementType.rawValue, &type)
            )
            types.append(type)
        }
        try tables.main.check(
            ort_add_type_constraint(tables.provider)(builder, name, types, types.count)
        )
    }

    private static let made = Mutex<[Key: Handle]>([:])

    private struct Key: Hashable, @unchecked Sendable {
        let table: UnsafePointer<ort_table>
        let isOnGPU: Bool
    }

    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }
}

/// What ONNX Runtime hands back when it makes a kernel.
private struct KernelState {
    let kernel: RegisteredKernel
    let tables: ProviderTables
}

private func createKernel(
    _ state: UnsafeMutableRawPointer?,
    _ info: OpaquePointer,
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<ort_provider_kernel>?>
) -> OpaquePointer? {
    guard let state = state?.assumingMemoryBound(to: KernelState.self).pointee else {
        return nil
    }
    return state.tables.main.status { () throws(OnnxRuntimeError) in
        out.pointee = try ProviderKernel.make(state.kernel, state.tables, info)
    }
}
