import COnnxRuntime
import PagedOperator
import Testing

@Suite("The factory of execution providers", .serialized)
struct ProviderFactoryTests {
    @Test("is refused where ONNX Runtime is too old, and nothing is written", arguments: [23, 18])
    func tooOld(version: Int) {
        // The functions that a refusal needs: the first slot makes a status.
        let slots = UnsafeMutablePointer<ort_create_status_function?>.allocate(capacity: 1)
        slots.initialize(to: { code, _ in OpaquePointer(bitPattern: Int(code)) })
        defer { slots.deallocate() }
        fakeTable = UnsafeRawPointer(slots).assumingMemoryBound(to: ort_table.self)
        var base = ort_base(
            table: { _ in fakeTable },
            version: { literal("1.23.2") }
        )
        if version == 18 { base.version = { literal("1.18.1") } }
        var factory: UnsafeMutablePointer<ort_provider_factory>?
        var count = -1
        let status = ProviderFactory.create(
            base: &base,
            factories: &factory,
            capacity: 1,
            count: &count
        )
        #expect(status == OpaquePointer(bitPattern: 9))
        #expect(factory == nil && count == -1)
    }
}

private nonisolated(unsafe) var fakeTable: UnsafePointer<ort_table>?

private func literal(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
