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
        #expect(compiler.version == "12.6")
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
        guard case .failure(let error) = RuntimeCompiler.system else { return }
        for name in RuntimeCompiler.libraryNames { #expect(error.description.contains(name)) }
    }
}
