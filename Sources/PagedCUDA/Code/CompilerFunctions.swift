/// The functions of NVRTC that are used. Safe to share: these are addresses of code.
struct CompilerFunctions: @unchecked Sendable {
    typealias Program = OpaquePointer
    typealias Integers = UnsafeMutablePointer<Int32>
    typealias Texts = UnsafePointer<UnsafePointer<CChar>?>
    typealias Size = UnsafeMutablePointer<Int>
    typealias Bytes = UnsafeMutablePointer<CChar>

    let version: @convention(c) (Integers, Integers) -> Int32
    let errorString: @convention(c) (Int32) -> UnsafePointer<CChar>?
    let architectureCount: @convention(c) (Integers) -> Int32
    let architectures: @convention(c) (Integers) -> Int32
    let create:
        @convention(c) (
            UnsafeMutablePointer<Program?>, UnsafePointer<CChar>, UnsafePointer<CChar>, Int32,
            Texts?, Texts?
        ) -> Int32
    let compile: @convention(c) (Program?, Int32, Texts?) -> Int32
    let logSize: @convention(c) (Program?, Size) -> Int32
    let log: @convention(c) (Program?, Bytes) -> Int32
    let cubinSize: @convention(c) (Program?, Size) -> Int32
    let cubin: @convention(c) (Program?, Bytes) -> Int32
    let ptxSize: @convention(c) (Program?, Size) -> Int32
    let ptx: @convention(c) (Program?, Bytes) -> Int32
    let destroy: @convention(c) (UnsafeMutablePointer<Program?>) -> Int32

    init(_ lookup: SymbolLookup) throws(CUDAError) {
        func find<Function>(_ name: String) throws(CUDAError) -> Function {
            try SharedLibrary.function(name, of: "NVRTC", lookup)
        }
        version = try find("nvrtcVersion")
        errorString = try find("nvrtcGetErrorString")
        architectureCount = try find("nvrtcGetNumSupportedArchs")
        architectures = try find("nvrtcGetSupportedArchs")
        create = try find("nvrtcCreateProgram")
        compile = try find("nvrtcCompileProgram")
        logSize = try find("nvrtcGetProgramLogSize")
        log = try find("nvrtcGetProgramLog")
        cubinSize = try find("nvrtcGetCUBINSize")
        cubin = try find("nvrtcGetCUBIN")
        ptxSize = try find("nvrtcGetPTXSize")
        ptx = try find("nvrtcGetPTX")
        destroy = try find("nvrtcDestroyProgram")
    }
}
