internal import Synchronization

/// The kernels of a device: compiled or found, loaded, and kept.
///
/// Code comes from the cache on disk, from the run-time compiler, or from the PTX in the package, in that
/// order. The cache serves machines without a compiler too, once one with the same GPU has filled it. What
/// can't be had says what was tried; it is not tried again.
package final class KernelLibrary: Sendable {
    package let device: CUDADevice
    private let compiler: Result<RuntimeCompiler, CUDAError>
    private let cache: CodeCache?
    private let state = Mutex(State())

    private struct State {
        var functions: [KernelVariant: Result<DeviceFunction, CUDAError>] = [:]
        var modules: [KernelUnit: DeviceModule] = [:]
        /// By the address of their text: the driver takes a second for one.
        var committed: [UInt: DeviceModule] = [:]
    }

    /// - Parameters:
    ///   - compiler: nil: the machine's.
    ///   - cache: nil: none.
    package init(
        _ device: CUDADevice,
        compiler: Result<RuntimeCompiler, CUDAError>? = nil,
        cache: CodeCache? = .standard
    ) {
        self.device = device
        self.compiler = compiler ?? RuntimeCompiler.system(for: device)
        self.cache = cache
    }

    /// A kernel; nil if there is no code for it, which `refusal` explains.
    ///
    /// - Throws: what the driver says where there is code, such as that there is no memory for it.
    func function(_ variant: KernelVariant) throws(CUDAError) -> DeviceFunction? {
        let found = state.withLock { state -> Result<DeviceFunction, CUDAError> in
            if let known = state.functions[variant] { return known }
            let found = Result { () throws(CUDAError) in try load(variant, &state) }
            if case .failure(let error) = found, error.kind != .noCode { return found }
            state.functions[variant] = found
            return found
        }
        switch found {
        case .success(let function): return function
        case .failure(let error):
            guard error.kind == .noCode else { throw error }
            return nil
        }
    }

    /// Why there is no code for a kernel that was asked for.
    func refusal(_ variant: KernelVariant) -> String? {
        state.withLock { state in
            guard case .failure(let error)? = state.functions[variant] else { return nil }
            return error.description
        }
    }

    private func load(
        _ variant: KernelVariant,
        _ state: inout State
    ) throws(CUDAError) -> DeviceFunction {
        let unit = KernelUnit(variant)
        let name = variant.functionName
        if let module = state.modules[unit] { return try module.function(name) }
        var tried: [String] = []
        if let module = try compiledModule(unit, &tried) {
            state.modules[unit] = module
            return try module.function(name)
        }
        guard let text = CommittedModule.text(of: name, for: device.architecture) else {
            tried.append("the package has no PTX of it for \(device.architecture)")
            throw CUDAError(.noCode, "no code for \(name): \(tried.joined(separator: "; "))")
        }
        let address = UInt(bitPattern: text.baseAddress)
        do throws(CUDAError) {
            if let module = state.committed[address] { return try module.function(name) }
            let module = try DeviceModule(device, text, name: name)
            state.committed[address] = module
            return try module.function(name)
        } catch {
            guard error.isAboutCode else { throw error }
            tried.append("PTX of the package: \(error)")
            throw CUDAError(.noCode, "no code for \(name): \(tried.joined(separator: "; "))")
        }
    }

    /// A module from the cache or the compiler; nil where neither can give one, with the reason.
    private func compiledModule(
        _ unit: KernelUnit,
        _ tried: inout [String]
    ) throws(CUDAError) -> DeviceModule? {
        do throws(CUDAError) {
            let target = try target
            let key = Self.key(unit, target)
            if let module = try cachedModule(unit, key) { return module }
            let code = try compiler.get().compile(unit, target: target)
            let module = try module(code, unit)
            cache?.store(code, unit, key)
            return module
        } catch {
            guard error.isAboutCode else { throw error }
            tried.append(error.kind == .unavailable ? "no NVRTC: \(error)" : "\(error)")
            return nil
        }
    }

    private func cachedModule(_ unit: KernelUnit, _ key: String) throws(CUDAError) -> DeviceModule?
    {
        guard let cache, let code = cache.code(unit, key) else { return nil }
        do throws(CUDAError) {
            return try module(code, unit)
        } catch {
            guard error.isAboutCode else { throw error }
            cache.discard(unit, key)
            return nil
        }
    }

    private func module(_ code: [UInt8], _ unit: KernelUnit) throws(CUDAError) -> DeviceModule {
        let made = code.withUnsafeBytes { bytes in
            Result { () throws(CUDAError) in try DeviceModule(device, bytes, name: unit.name) }
        }
        return try made.get()
    }

    /// What code is for. Without a compiler that is machine code for the device, which may have been compiled
    /// elsewhere.
    private var target: String {
        get throws(CUDAError) {
            guard case .success(let compiler) = compiler else {
                return RuntimeCompiler.machineTarget(for: device.architecture)
            }
            return try compiler.target(for: device.architecture)
        }
    }

    /// What compiled code depends on, but for the compiler: code of an older one is as good.
    private static func key(_ unit: KernelUnit, _ target: String) -> String {
        let hash = String(KernelTexts.sourceHash, radix: 16)
        let options = RuntimeCompiler.options(unit, target: target).joined(separator: " ")
        return "\(unit.name), sources \(hash), \(options)"
    }
}

extension CUDAError {
    /// Whether other code for the same kernel may do: the driver does not take this, or there is none.
    fileprivate var isAboutCode: Bool {
        switch kind {
        case .unavailable, .noCode: true
        case .driver(let code): [200, 209, 218, 221, 222, 223, 500].contains(code)
        }
    }
}
