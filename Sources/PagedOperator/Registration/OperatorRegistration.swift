package import COnnxRuntime
internal import PagedAttention
internal import Synchronization

/// Adds the operator to ONNX Runtime sessions.
///
/// The operator is registered as `com.microsoft::PagedAttention`, where it comes before any kernel
/// of ONNX Runtime itself, and as `ai.pagedattention::PagedAttention`. `MatMulNBits` is in the second
/// domain only: in the first one, models get ONNX Runtime's.
package enum OperatorRegistration {
    /// The domains in which models find the operator.
    package static let domains = [OperatorDomain.microsoft, OperatorDomain.own]

    /// Registers the operator in the options of sessions to come; null means success.
    ///
    /// This is what the plugin's `RegisterCustomOps` does; a program that loaded ONNX Runtime
    /// itself calls it directly.
    package static func register(
        options: OpaquePointer,
        base: UnsafePointer<ort_base>
    ) -> OpaquePointer? {
        OnnxRuntimeTable.status(base: base) { table throws(OnnxRuntimeError) in
            for domain in try domainHandles(for: table) {
                try table.check(ort_add_operator_domain(table.pointer)(options, domain.pointer))
            }
        }
    }

    /// Our own domain, for an execution provider to supply.
    ///
    /// Never `com.microsoft`: the operator in it would hide the built-in schema, and with it the
    /// provider's own kernels.
    static func ownDomainHandle(
        for table: OnnxRuntimeTable
    ) throws(OnnxRuntimeError) -> OpaquePointer? {
        try domainHandles(for: table).first { $0.name == OperatorDomain.own }?.pointer
    }

    /// Domains belong to a loaded library, not to a session: they are made once and never freed.
    private static func domainHandles(
        for table: OnnxRuntimeTable
    ) throws(OnnxRuntimeError) -> [DomainHandle] {
        let result = made.withLock { made -> Result<[DomainHandle], OnnxRuntimeError> in
            if let known = made[table.pointer] { return .success(known) }
            do throws(OnnxRuntimeError) {
                let handles = try makeDomains(for: table)
                made[table.pointer] = handles
                return .success(handles)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func makeDomains(
        for table: OnnxRuntimeTable
    ) throws(OnnxRuntimeError) -> [DomainHandle] {
        let operators = TypeCombination.all.map { $0.makeCustomOperator(for: table) }
        let products = MatMulNBitsRegistration.all.map { $0.makeCustomOperator(for: table) }
        var handles: [DomainHandle] = []
        for name in domains {
            var domain: OpaquePointer?
            try table.check(ort_create_operator_domain(table.pointer)(name, &domain))
            guard let domain else { continue }
            for custom in operators + (name == OperatorDomain.own ? products : []) {
                try table.check(ort_add_operator_to_domain(table.pointer)(domain, custom))
            }
            handles.append(DomainHandle(name: name, pointer: domain))
        }
        return handles
    }

    private static let made = Mutex<[UnsafePointer<ort_table>: [DomainHandle]]>([:])
}

private struct DomainHandle: @unchecked Sendable {
    let name: String
    let pointer: OpaquePointer
}
