#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Where the functions of a library are, by name: nil for one that it lacks.
package typealias SymbolLookup = (String) -> UnsafeMutableRawPointer?

/// A library that is loaded at run time, and never unloaded.
package enum SharedLibrary {
    /// Loads the first library of `names` that the system's loader finds.
    ///
    /// - Throws: what the loader says of each.
    package static func open(_ names: [String]) throws(CUDAError) -> SymbolLookup {
        var reasons: [String] = []
        for name in names {
            if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) {
                let address = UInt(bitPattern: handle)
                return { dlsym(UnsafeMutableRawPointer(bitPattern: address), $0) }
            }
            reasons.append(dlerror().map { String(cString: $0) } ?? "\(name) cannot be loaded")
        }
        throw CUDAError(.unavailable, reasons.joined(separator: "; "))
    }

    /// A function of a library as a function of its type.
    static func function<Function>(
        _ name: String,
        of library: String,
        _ lookup: SymbolLookup
    ) throws(CUDAError) -> Function {
        guard let symbol = lookup(name) else {
            throw CUDAError(.unavailable, "\(library) has no \(name): install a newer one")
        }
        return unsafeBitCast(symbol, to: Function.self)
    }
}
