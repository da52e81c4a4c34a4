/// NVIDIA's run-time compiler, found at run time. Most programs that use GPUs bring it: it needs no toolkit.
///
///     let compiler = try RuntimeCompiler.system(for: device).get()
///     "\(compiler.version)"  // "12.6"
package final class RuntimeCompiler: Sendable {
    /// The release of CUDA that a compiler is of.
    package struct Version: Comparable, Sendable, CustomStringConvertible {
        package let major: Int
        package let minor: Int

        package var description: String { "\(major).\(minor)" }

        package static func < (a: Version, b: Version) -> Bool {
            (a.major, a.minor) < (b.major, b.minor)
        }
    }

    /// The names under which the loader may know it, the newest first; LD_LIBRARY_PATH counts.
    package static let libraryNames = [
        "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so",
    ]

    /// The compilers of this machine, or why there is none.
    package static let installed: Result<[RuntimeCompiler], CUDAError> = {
        var (compilers, reasons): ([RuntimeCompiler], [String]) = ([], [])
        for name in libraryNames {
            do throws(CUDAError) {
                compilers.append(try RuntimeCompiler(SharedLibrary.open([name])))
            } catch {
                reasons.append(error.description)
            }
        }
        return compilers.isEmpty
            ? .failure(CUDAError(.unavailable, reasons.joined(separator: "; ")))
            : .success(compilers)
    }()

    /// No compiler, though there may be one.
    package static let none: Result<RuntimeCompiler, CUDAError> = .failure(
        CUDAError(.unavailable, "it was not to be used")
    )

    /// The compiler of this machine that does most for a device.
    package static func system(for device: CUDADevice) -> Result<RuntimeCompiler, CUDAError> {
        installed.map { best(of: $0, for: device.architecture, driver: device.driver.version) }
    }

    /// One whose code the driver takes, if there is one, which compiles for the architecture, if there is one: NVRTC 13
    /// has left Pascal and Volta behind. Then the newest.
    ///
    /// - Parameters:
    ///   - compilers: one at least.
    ///   - driver: the newest release of CUDA that the driver knows, such as 12080.
    package static func best(
        of compilers: [RuntimeCompiler],
        for architecture: CUDAArchitecture,
        driver: Int
    ) -> RuntimeCompiler {
        func rank(_ compiler: RuntimeCompiler) -> (Int, Int, Version) {
            let isTaken = compiler.version.major <= driver / 1000
            let compiles = compiler.architectures.contains(architecture.number)
            return (isTaken ? 1 : 0, compiles ? 1 : 0, compiler.version)
        }
        return compilers.reduce(compilers[0]) { rank($0) < rank($1) ? $1 : $0 }
    }

    private let functions: CompilerFunctions
    /// The release that it came with.
    package let version: Version
    /// Numbers of the architectures that it compiles for, in ascending order.
    package let architectures: [Int]

    /// Finds the functions of a compiler.
    package init(_ lookup: SymbolLookup) throws(CUDAError) {
        let functions = try CompilerFunctions(lookup)
        self.functions = functions
        var (major, minor, count): (Int32, Int32, Int32) = (0, 0, 0)
        try Self.check(functions, functions.version(&major, &minor), "nvrtcVersion")
        version = Version(major: Int(major), minor: Int(minor))
        let code = functions.architectureCount(&count)
        try Self.check(functions, code, "nvrtcGetNumSupportedArchs")
        var numbers = [Int32](repeating: 0, count: Int(max(count, 1)))
        try Self.check(functions, functions.architectures(&numbers), "nvrtcGetSupportedArchs")
        architectures = numbers.map(Int.init).sorted()
    }

    /// How code for a GPU is asked for: machine code where the compiler knows the architecture, with
    /// the instructions that only Hopper has; PTX of an older one for the driver otherwise.
    func target(for architecture: CUDAArchitecture) throws(CUDAError) -> String {
        let number = architecture.number
        if architectures.contains(number) { return Self.machineTarget(for: architecture) }
        guard let older = architectures.last(where: { $0 < number }) else {
            let oldest = architectures.first.map { "sm_\($0)" } ?? "none"
            throw CUDAError(
                .noCode,
                "NVRTC \(version) compiles for \(oldest) and newer, not for \(architecture); "
                    + "install an older one beside it, such as 12.6"
            )
        }
        return "compute_\(older)"
    }

    /// The name of machine code for a GPU.
    static func machineTarget(for architecture: CUDAArchitecture) -> String {
        architecture.number == 90 ? "sm_90a" : "sm_\(architecture.number)"
    }

    /// What has to be given to the compiler besides the sources.
    static func options(_ unit: KernelUnit, target: String) -> [String] {
        ["--gpu-architecture=\(target)", "-std=c++17", "-default-device"] + unit.definitions
    }

    /// Compiles a unit, in 0.1 to 1 seconds.
    ///
    /// - Returns: machine code, or PTX that ends with a zero byte.
    func compile(_ unit: KernelUnit, target: String) throws(CUDAError) -> [UInt8] {
        var program = try create(unit)
        defer { _ = functions.destroy(&program) }
        let options = Self.options(unit, target: target)
        let code = withTexts(options) { functions.compile(program, Int32(options.count), $0) }
        guard code == 0 else {
            let log = (try? bytes(program, functions.logSize, functions.log, "the log")) ?? []
            let text = String(decoding: log.prefix { $0 != 0 }.prefix(2000), as: UTF8.self)
            throw CUDAError(
                .noCode,
                "NVRTC \(version) cannot compile \(unit.name) for \(target): \(words(code)); "
                    + "\(text)"
            )
        }
        return target.hasPrefix("sm_")
            ? try bytes(program, functions.cubinSize, functions.cubin, "machine code")
            : try bytes(program, functions.ptxSize, functions.ptx, "PTX")
    }

    /// Compiles the smallest variant of a kernel: a trial of the compiler.
    ///
    /// - Returns: the name of the function and the code.
    package func code(
        of kernel: CUDAKernel,
        for architecture: CUDAArchitecture
    ) throws(CUDAError) -> (name: String, code: [UInt8]) {
        let variant = KernelVariant(smallest: kernel)
        let target = try target(for: architecture)
        return (variant.functionName, try compile(KernelUnit(variant), target: target))
    }

    private func create(_ unit: KernelUnit) throws(CUDAError) -> OpaquePointer? {
        let sources = KernelTexts.sources.texts
        let texts = sources.map { UnsafePointer<CChar>?($0.text) }
        let names = sources.map { UnsafePointer<CChar>?($0.name) }
        var program: OpaquePointer?
        let code = functions.create(
            &program,
            "#include \"\(unit.file)\"\n",
            "\(unit.name).cu",
            Int32(sources.count),
            texts,
            names
        )
        try Self.check(functions, code, "nvrtcCreateProgram")
        return program
    }

    private func bytes(
        _ program: OpaquePointer?,
        _ size: (OpaquePointer?, CompilerFunctions.Size) -> Int32,
        _ copy: (OpaquePointer?, CompilerFunctions.Bytes) -> Int32,
        _ what: String
    ) throws(CUDAError) -> [UInt8] {
        var count = 0
        try Self.check(functions, size(program, &count), "NVRTC's size of \(what)")
        var letters = [CChar](repeating: 0, count: max(count, 1))
        try Self.check(functions, copy(program, &letters), "NVRTC's copy of \(what)")
        return letters.map { UInt8(bitPattern: $0) }
    }

    private func words(_ code: Int32) -> String {
        functions.errorString(code).map { String(cString: $0) } ?? "error \(code)"
    }

    private static func check(
        _ functions: CompilerFunctions,
        _ code: Int32,
        _ call: String
    ) throws(CUDAError) {
        guard code != 0 else { return }
        let words = functions.errorString(code).map { String(cString: $0) } ?? "error \(code)"
        throw CUDAError(.noCode, "\(call): \(words)")
    }
}

/// Calls `body` with the texts as C has them.
private func withTexts<Result>(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    let letters = texts.flatMap { $0.utf8CString }
    return letters.withUnsafeBufferPointer { letters in
        var next = letters.baseAddress
        let pointers = texts.map { text in
            defer { next = next.map { $0 + text.utf8.count + 1 } }
            return next
        }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
