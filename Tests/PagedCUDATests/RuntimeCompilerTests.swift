import Foundation
import PagedAttention
import PagedCUDA
import Testing

/// NVIDIA's own compiler, where `Scripts/cuda-compile.py` has fetched it: it needs no GPU.
@Suite struct RuntimeCompilerTests {
    private static let library: String? = {
        let folder = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "build/nvrtc/nvidia/cuda_nvrtc/lib/libnvrtc.so.12")
        return FileManager.default.fileExists(atPath: folder.path) ? folder.path : nil
    }()

    @Test(.enabled(if: library != nil, "Scripts/cuda-compile.py has not fetched NVRTC"))
    func `NVRTC compiles what the package carries`() throws {
        let path = try #require(Self.library)
        let compiler = try RuntimeCompiler(SharedLibrary.open([path]))
        #expect("\(compiler.version)" == "12.6")
        #expect(compiler.architectures.contains(90))
        let kernels = CUDAKernelList.all.filter {
            $0.activationType == .float16 && $0.cacheType == .int8
        }
        for (kernel, number) in zip(kernels, [90, 75, 80, 90, 80, 75, 60, 60, 60, 60]) {
            let architecture = CUDAArchitecture(major: number / 10, minor: number % 10)
            let (name, code) = try compiler.code(of: kernel, for: architecture)
            #expect(code.starts(with: [0x7f, 0x45, 0x4c, 0x46]), "\(name) is no machine code")
            #expect(String(decoding: code, as: UTF8.self).contains(name))
        }
    }

    @Test(.enabled(if: library != nil, "Scripts/cuda-compile.py has not fetched NVRTC"))
    func `An architecture beyond NVRTC gets PTX`() throws {
        let path = try #require(Self.library)
        let compiler = try RuntimeCompiler(SharedLibrary.open([path]))
        let kernel = try #require(CUDAKernelList.all.last)
        let (name, code) = try compiler.code(
            of: kernel,
            for: CUDAArchitecture(major: 12, minor: 0)
        )
        let text = String(decoding: code, as: UTF8.self)
        #expect(text.contains(".target sm_90\n") && text.contains(".entry \(name)("))
        let old = message {
            _ = try compiler.code(of: kernel, for: CUDAArchitecture(major: 3, minor: 5))
        }
        #expect(old.contains("compiles for sm_50 and newer, not for sm_35"))
    }

    @Test func `Without NVRTC every name is listed`() {
        guard case .failure(let error) = RuntimeCompiler.installed else { return }
        for name in RuntimeCompiler.libraryNames { #expect(error.description.contains(name)) }
    }

    private typealias Numbers = UnsafeMutablePointer<Int32>

    /// A compiler of a release that lists three architectures.
    private func compiler(
        _ version: @convention(c) (Numbers, Numbers) -> Int32,
        _ architectures: @convention(c) (Numbers) -> Int32
    ) throws -> RuntimeCompiler {
        let count: @convention(c) (Numbers) -> Int32 = {
            $0.pointee = 3
            return 0
        }
        return try RuntimeCompiler { name in
            switch name {
            case "nvrtcVersion": unsafeBitCast(version, to: UnsafeMutableRawPointer.self)
            case "nvrtcGetNumSupportedArchs": unsafeBitCast(count, to: UnsafeMutableRawPointer.self)
            case "nvrtcGetSupportedArchs":
                unsafeBitCast(architectures, to: UnsafeMutableRawPointer.self)
            default: MockMachine.symbols(name)
            }
        }
    }

    @Test(arguments: [
        (60, 13_000, "12.8"), (90, 13_000, "13.0"), (120, 13_000, "13.0"),
        // A driver of an older release does not take a newer one's code.
        (90, 12_080, "12.8"), (120, 12_080, "12.8"),
        // And where it takes none, the architecture counts.
        (60, 11_080, "12.8"), (120, 11_080, "13.0"),
    ])
    func `Of several compilers the newest is taken that can serve the GPU`(
        _ number: Int,
        _ driver: Int,
        _ expected: String
    ) throws {
        let old = try compiler(
            {
                ($0.pointee, $1.pointee) = (12, 8)
                return 0
            },
            {
                ($0[0], $0[1], $0[2]) = (60, 75, 90)
                return 0
            }
        )
        let new = try compiler(
            {
                ($0.pointee, $1.pointee) = (13, 0)
                return 0
            },
            {
                ($0[0], $0[1], $0[2]) = (75, 90, 120)
                return 0
            }
        )
        let architecture = CUDAArchitecture(major: number / 10, minor: number % 10)
        for compilers in [[old, new], [new, old]] {
            let best = RuntimeCompiler.best(of: compilers, for: architecture, driver: driver)
            #expect("\(best.version)" == expected)
        }
    }
}
