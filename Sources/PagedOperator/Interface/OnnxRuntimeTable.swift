package import COnnxRuntime

/// ONNX Runtime's table of functions, with the version up to which it may be read.
///
///     let table = try OnnxRuntimeTable(base: base)
///     try table.check(ort_set_intra_op_threads(table.pointer)(options, 2))
///
/// The memory behind the newest slot of the running library is not part of the table, so code that
/// uses a slot newer than ``oldestVersion`` has to look at ``version`` first.
package struct OnnxRuntimeTable: @unchecked Sendable {
    /// The oldest interface version that has every slot used without asking: ONNX Runtime 1.18.
    package static let oldestVersion: UInt32 = 18
    /// The newest interface version of which a slot is used: ONNX Runtime 1.24.
    package static let newestVersion: UInt32 = 24

    /// The table itself; it lives as long as the library stays loaded.
    package let pointer: UnsafePointer<ort_table>
    /// The interface version that was agreed on.
    package let version: UInt32

    /// The table at `pointer`, agreed to be readable up to `version`.
    package init(pointer: UnsafePointer<ort_table>, version: UInt32) {
        self.pointer = pointer
        self.version = version
    }

    /// Asks the library for the newest interface that both sides know.
    ///
    /// - Throws: an error that names both versions when the library is too old.
    package init(base: UnsafePointer<ort_base>) throws(OnnxRuntimeError) {
        let name = String(cString: base.pointee.version())
        let agreed = min(Self.newestVersion, Self.interfaceVersion(ofLibrary: name))
        guard agreed >= Self.oldestVersion, let pointer = base.pointee.table(agreed) else {
            throw OnnxRuntimeError(
                code: Int32(ORT_CODE_NOT_IMPLEMENTED),
                message: "ONNX Runtime \(name) is too old: PagedAttention needs 1."
                    + "\(Self.oldestVersion) or newer"
            )
        }
        self.init(pointer: pointer, version: agreed)
    }

    /// The interface version of a library: the second number of its version, such as 24 for
    /// `"1.24.4"`; 0 if the text is not a version.
    package static func interfaceVersion(ofLibrary name: String) -> UInt32 {
        let numbers = name.split(separator: ".").map { UInt32($0) }
        guard let first = numbers.first, let major = first else { return 0 }
        if major > 1 { return newestVersion }
        guard major == 1, numbers.count > 1, let minor = numbers[1] else { return 0 }
        return minor
    }

    /// Turns a status into an error and releases it; null means success.
    package func check(_ status: OpaquePointer?) throws(OnnxRuntimeError) {
        guard let status else { return }
        defer { ort_release_status(pointer)(status) }
        throw OnnxRuntimeError(
            code: ort_status_code(pointer)(status),
            message: String(cString: ort_status_message(pointer)(status))
        )
    }

    /// Runs `body` and turns its error into a status for ONNX Runtime; null means success.
    package func status(_ body: () throws(OnnxRuntimeError) -> Void) -> OpaquePointer? {
        do {
            try body()
            return nil
        } catch {
            return ort_create_status(pointer)(error.code, error.message)
        }
    }

    /// Writes to one of ONNX Runtime's logs; that it cannot is no error.
    func log(_ message: String, _ severity: Int, to logger: OpaquePointer) {
        let status = ort_log_message(pointer)(
            logger,
            Int32(severity),
            message,
            "PagedOperator",
            0,
            "PagedAttention"
        )
        if let status { ort_release_status(pointer)(status) }
    }

    /// Agrees on a table with the library and runs `body` with it; null means success.
    static func status(
        base: UnsafePointer<ort_base>,
        _ body: (OnnxRuntimeTable) throws(OnnxRuntimeError) -> Void
    ) -> OpaquePointer? {
        let table: OnnxRuntimeTable
        do {
            table = try OnnxRuntimeTable(base: base)
        } catch {
            // The first version's table can say it: creating a status is its first slot.
            guard let oldest = base.pointee.table(1) else { return nil }
            return ort_create_status(oldest)(error.code, error.message)
        }
        return table.status { () throws(OnnxRuntimeError) in try body(table) }
    }
}
