package import COnnxRuntime
package import PagedOperator
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// ONNX Runtime, loaded into this process.
///
///     let library = try OnnxRuntimeLibrary.load(path: nil)
///     library.version  // "1.32.0"
///
/// The library stays loaded for the life of the process.
package final class OnnxRuntimeLibrary: @unchecked Sendable {
    /// Its version, such as `"1.32.0"`.
    package let version: String
    /// The file it was loaded from, or the name that the system's loader found.
    package let path: String
    /// Where the operator registers itself.
    package let base: UnsafePointer<ort_base>
    /// Its functions.
    package let table: OnnxRuntimeTable
    let environment: OpaquePointer
    let cpuMemory: OpaquePointer
    /// The table as the slots' accessors take it.
    var functions: UnsafePointer<ort_table> { table.pointer }

    private init(path: String, base: UnsafePointer<ort_base>) throws(RuntimeError) {
        let version = String(cString: base.pointee.version())
        var environment: OpaquePointer?
        var memory: OpaquePointer?
        do {
            table = try OnnxRuntimeTable(base: base)
            let functions = table.pointer
            try table.check(
                ort_create_environment(functions)(
                    Int32(ORT_SEVERITY_WARNING),
                    "paged-attention",
                    &environment
                )
            )
            try table.check(
                ort_create_cpu_memory(functions)(
                    Int32(ORT_ARENA_ALLOCATOR),
                    Int32(ORT_DEFAULT_MEMORY),
                    &memory
                )
            )
        } catch {
            throw RuntimeError("\(path) cannot be used", error)
        }
        guard let environment, let memory else {
            throw RuntimeError("\(path) made no environment")
        }
        self.version = version
        self.path = path
        self.base = base
        self.environment = environment
        cpuMemory = memory
    }

    /// Loads `libonnxruntime.so`.
    ///
    /// - Parameter path: the file, or the folder it is in; nil searches next to the executable,
    ///   `build/onnxruntime/lib` in the folders above it, and the system's library folders.
    /// - Throws: an error that lists where it was looked for, or why a file that was found cannot
    ///   be used.
    package static func load(path: String?) throws(RuntimeError) -> OnnxRuntimeLibrary {
        let search = LibrarySearch(path: path, executable: LibrarySearch.executable)
        for candidate in search.candidates {
            guard let handle = dlopen(candidate, RTLD_NOW | RTLD_LOCAL) else {
                // A name that the system's loader does not know is no surprise; a file is.
                guard candidate.contains("/") else { continue }
                throw RuntimeError("\(candidate) cannot be loaded: \(loaderMessage())")
            }
            guard let symbol = dlsym(handle, "OrtGetApiBase") else {
                throw RuntimeError("\(candidate) is not ONNX Runtime: it has no OrtGetApiBase")
            }
            typealias GetBase = @convention(c) () -> UnsafePointer<ort_base>?
            guard let base = unsafeBitCast(symbol, to: GetBase.self)() else {
                throw RuntimeError("\(candidate) hands out no interface")
            }
            return try shared(path: candidate, base: base)
        }
        throw RuntimeError(
            "libonnxruntime.so not found: looked in \(search.places.joined(separator: ", ")); "
                + "run `make onnxruntime` or pass --onnxruntime PATH"
        )
    }

    /// The one instance for a loaded library: ONNX Runtime has one environment in a process, and
    /// does not bear that one thread makes it while another releases it.
    private static func shared(
        path: String,
        base: UnsafePointer<ort_base>
    ) throws(RuntimeError) -> OnnxRuntimeLibrary {
        let result = instances.withLock { instances -> Result<OnnxRuntimeLibrary, RuntimeError> in
            let address = UInt(bitPattern: base)
            if let known = instances[address] { return .success(known) }
            do throws(RuntimeError) {
                let made = try OnnxRuntimeLibrary(path: path, base: base)
                instances[address] = made
                return .success(made)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static let instances = Mutex<[UInt: OnnxRuntimeLibrary]>([:])

    private static func loaderMessage() -> String {
        dlerror().map { String(cString: $0) } ?? "no reason given"
    }
}
