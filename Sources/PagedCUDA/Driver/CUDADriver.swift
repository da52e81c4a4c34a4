/// NVIDIA's driver, found at run time: nothing of CUDA is linked, and without it there is an error to read.
///
///     let driver = try CUDADriver.system.get()
///     let device = try CUDADevice(driver, ordinal: 0)
package final class CUDADriver: Sendable {
    static let libraryName = "libcuda.so.1"

    /// The driver of this machine, or why there is none.
    package static let system = Result { () throws(CUDAError) in
        do throws(CUDAError) {
            return try CUDADriver(SharedLibrary.open([libraryName]))
        } catch {
            guard error.kind == .unavailable else { throw error }
            throw CUDAError(
                .unavailable,
                "no NVIDIA driver: \(error); GPUs need libcuda.so.1, which comes with the driver"
            )
        }
    }

    let functions: DriverFunctions
    /// Those for graphs, or the one that is missing.
    let graphFunctions: Result<GraphFunctions, CUDAError>
    /// The newest CUDA that the driver knows, such as 12060 for 12.6.
    package let version: Int

    /// Finds the functions of a driver and initialises it.
    ///
    /// - Throws: the first symbol that is missing, or what the driver says.
    package init(_ lookup: SymbolLookup) throws(CUDAError) {
        let functions = try DriverFunctions(lookup)
        self.functions = functions
        graphFunctions = Result { () throws(CUDAError) in try GraphFunctions(lookup) }
        try Self.check(functions, functions.initialise(0), "cuInit")
        var version: Int32 = 0
        try Self.check(functions, functions.driverVersion(&version), "cuDriverGetVersion")
        self.version = Int(version)
    }

    /// How many GPUs this process may use.
    package func deviceCount() throws(CUDAError) -> Int {
        var count: Int32 = 0
        try check(functions.deviceCount(&count), "cuDeviceGetCount")
        return Int(count)
    }

    /// Throws what the driver says of a number that is not 0.
    ///
    /// - Parameters:
    ///   - call: the function that returned it.
    ///   - subject: what the call was about; left out where that says nothing.
    func check(
        _ code: Int32,
        _ call: StaticString,
        _ subject: @autoclosure () -> String = ""
    ) throws(CUDAError) {
        try Self.check(functions, code, call, subject())
    }

    private static func check(
        _ functions: DriverFunctions,
        _ code: Int32,
        _ call: StaticString,
        _ subject: @autoclosure () -> String = ""
    ) throws(CUDAError) {
        guard code != 0 else { return }
        func text(_ read: (DriverFunctions.Text) -> Int32) -> String? {
            var text: UnsafePointer<CChar>?
            return read(&text) == 0 ? text.map { String(cString: $0) } : nil
        }
        let name = text { functions.errorName(code, $0) } ?? "error"
        let words = text { functions.errorString(code, $0) } ?? "unknown to this driver"
        let subject = subject()
        throw CUDAError(
            .driver(code),
            "\(call)\(subject.isEmpty ? "" : " of \(subject)"): \(name) (\(code)), \(words); "
                + CUDAError.advice(code)
        )
    }
}
