/// Work of a stream, captured once and then given to the device again and again as one launch.
///
///     let graph = try CUDAGraph(of: stream) { () throws(CUDAError) in
///         try attention.launch(call, on: stream)
///     }
///     try graph.launch(on: stream)
///
/// Whatever the work reads and writes has to stay as long as the graph; so has the stream, whose workspace it uses.
package final class CUDAGraph: Sendable {
    private let device: CUDADevice
    private let functions: GraphFunctions
    private let owned: Owned

    private struct Owned: @unchecked Sendable {
        let handle: OpaquePointer?
    }

    /// What others do meanwhile is no error of this capture.
    private static let relaxedMode: Int32 = 2

    /// Whether a device's driver has graphs.
    package static func isAvailable(on device: CUDADevice) -> Bool {
        if case .success = device.driver.graphFunctions { true } else { false }
    }

    /// Captures what `body` enqueues, which is not done yet.
    ///
    /// - Throws: `unavailable` where the driver has no graphs, and what `body` throws.
    package init(
        of stream: CUDAStream,
        _ body: () throws(CUDAError) -> Void
    ) throws(CUDAError) {
        let device = stream.device
        let functions = try device.driver.graphFunctions.get()
        let handle = try device.perform { _ throws(CUDAError) in
            let driver = device.driver
            let begun = functions.begin(stream.handle, Self.relaxedMode)
            try driver.check(begun, "cuStreamBeginCapture")
            let outcome = Result { () throws(CUDAError) in try body() }
            var graph: OpaquePointer?
            let ended = functions.end(stream.handle, &graph)
            defer { if graph != nil { _ = functions.destroyGraph(graph) } }
            try outcome.get()
            try driver.check(ended, "cuStreamEndCapture")
            var executable: OpaquePointer?
            let code = functions.instantiate(&executable, graph, 0)
            try driver.check(code, "cuGraphInstantiate")
            return Owned(handle: executable)
        }
        (self.device, self.functions, owned) = (device, functions, handle)
    }

    deinit { device.release { _ in functions.destroy(owned.handle) } }

    /// Enqueues the work.
    package func launch(on stream: CUDAStream) throws(CUDAError) {
        try device.perform { _ throws(CUDAError) in
            let code = functions.launch(owned.handle, stream.handle)
            try device.driver.check(code, "cuGraphLaunch")
        }
    }
}

/// The driver's functions for graphs, which drivers before CUDA 11.4 do not all have.
struct GraphFunctions: @unchecked Sendable {
    typealias Handle = OpaquePointer
    typealias Handles = UnsafeMutablePointer<OpaquePointer?>

    let begin: @convention(c) (Handle?, Int32) -> Int32
    let isCapturing: @convention(c) (Handle?, UnsafeMutablePointer<Int32>) -> Int32
    let end: @convention(c) (Handle?, Handles) -> Int32
    let instantiate: @convention(c) (Handles, Handle?, UInt64) -> Int32
    let launch: @convention(c) (Handle?, Handle?) -> Int32
    let destroy: @convention(c) (Handle?) -> Int32
    let destroyGraph: @convention(c) (Handle?) -> Int32

    init(_ lookup: SymbolLookup) throws(CUDAError) {
        func find<Function>(_ name: String) throws(CUDAError) -> Function {
            try SharedLibrary.function(name, of: CUDADriver.libraryName, lookup)
        }
        begin = try find("cuStreamBeginCapture_v2")
        isCapturing = try find("cuStreamIsCapturing")
        end = try find("cuStreamEndCapture")
        instantiate = try find("cuGraphInstantiateWithFlags")
        launch = try find("cuGraphLaunch")
        destroy = try find("cuGraphExecDestroy")
        destroyGraph = try find("cuGraphDestroy")
    }
}
