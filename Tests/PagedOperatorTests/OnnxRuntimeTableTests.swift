import COnnxRuntime
import PagedOperator
import Testing

@Suite("The version of ONNX Runtime")
struct OnnxRuntimeTableTests {
    @Test(
        "is the second number of its name",
        arguments: [
            ("1.18.1", 18), ("1.32.0", 32), ("1.24", 24), ("1.25.0-dev+20260201", 25),
            ("2.0.0", 24), ("0.9", 0), ("", 0), ("one.two", 0), ("1", 0),
        ] as [(String, UInt32)]
    )
    func names(name: String, version: UInt32) {
        #expect(OnnxRuntimeTable.interfaceVersion(ofLibrary: name) == version)
    }

    @Test("decides which table is asked for: never one newer than the library")
    func negotiation() throws {
        var base = ort_base(table: tableUpTo20, version: { versionText("1.20.1") })
        #expect(try OnnxRuntimeTable(base: &base).version == 20)
        base = ort_base(table: tableUpTo20, version: { versionText("1.20.0") })
        #expect(try OnnxRuntimeTable(base: &base).version == 20)
    }

    @Test("is refused with both versions when it is too old")
    func tooOld() {
        var base = ort_base(table: tableUpTo20, version: { versionText("1.17.3") })
        let error = #expect(throws: OnnxRuntimeError.self) { try OnnxRuntimeTable(base: &base) }
        let text = "ONNX Runtime 1.17.3 is too old: PagedAttention needs 1.18 or newer"
        #expect(error?.message == text)
    }
}

/// Hands out a table for versions up to 20 and null above, like ONNX Runtime 1.20.
private func tableUpTo20(_ version: UInt32) -> UnsafePointer<ort_table>? {
    version <= 20 ? UnsafePointer(bitPattern: 64) : nil
}

private func versionText(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
