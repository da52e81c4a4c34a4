import CPagedCUDAEmulator
import Foundation
import PagedAttention
import PagedCUDA
import PagedCases
import Testing

/// Where the code of kernels comes from.
@Suite struct KernelLibraryTests {
    private static let values = AttentionCase(activation: .float16, cache: .float16)
    private static let codes = AttentionCase(activation: .float16, cache: .int8)

    /// A folder of its own, removed at the end.
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "paged-cuda-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appending(path: "cache"))
    }

    private func files(_ folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }

    private func run(_ c: AttentionCase, _ machine: MockMachine) throws -> CUDAChoice? {
        let tensors = CaseTensors(c)
        let choice = try tensors.run(c, on: machine.stream, machine.library)
        #expect(try ReferenceResult(c).problems(tensors, c).isEmpty)
        return choice
    }

    private func expectForm(
        _ form: CUDAKernel.Form,
        _ c: AttentionCase,
        _ machine: MockMachine
    ) throws {
        let choice = try run(c, machine)
        #expect(choice?.kernel.form == form)
    }

    @Test func `What is compiled once is not compiled again`() throws {
        try withFolder { folder in
            let cache = CodeCache(folder: folder.path)
            for compilations in [2, 0] as [Int32] {
                try MockMachine.use(cache: cache) { machine in
                    _ = try run(Self.values, machine)
                    _ = try run(Self.values, machine)
                    #expect(paged_mock_calls("nvrtcCompileProgram") == compilations)
                    #expect(paged_mock_calls("cuModuleLoadDataEx") == 2)
                }
            }
            let names = try files(folder).map(\.lastPathComponent)
            #expect(names.count == 2)
            #expect(names.last?.hasPrefix("prologue-float16-float16-") == true)
            #expect(names.first?.hasPrefix("decode64-float16-float16-") == true)
        }
    }

    @Test func `What was compiled elsewhere serves without a compiler`() throws {
        try withFolder { folder in
            let cache = CodeCache(folder: folder.path)
            try MockMachine.use(cache: cache) { try expectForm(.wideDecode, Self.codes, $0) }
            try MockMachine.use(hasCompiler: false, cache: cache) { machine in
                try expectForm(.wideDecode, Self.codes, machine)
                #expect(paged_mock_calls("nvrtcCompileProgram") == 0)
            }
            // Machine code is for one architecture.
            try MockMachine.use(capability: 80, hasCompiler: false, cache: cache) { machine in
                try expectForm(.portable, Self.codes, machine)
            }
        }
    }

    @Test(arguments: ["", "short", "flipped", "foreign"])
    func `A damaged entry is replaced`(_ damage: String) throws {
        try withFolder { folder in
            let cache = CodeCache(folder: folder.path)
            try MockMachine.use(cache: cache) { _ = try run(Self.values, $0) }
            let sound = try files(folder).map { try Data(contentsOf: $0) }
            for file in try files(folder) {
                var data = try Data(contentsOf: file)
                switch damage {
                case "short": data.removeLast(5)
                case "flipped": data[data.count - 3] ^= 1
                case "foreign": data = Data("swift-paged-attention code 0\n\n\n".utf8)
                default: data = Data()
                }
                try data.write(to: file)
            }
            try MockMachine.use(cache: cache) { machine in
                _ = try run(Self.values, machine)
                #expect(paged_mock_calls("nvrtcCompileProgram") == 2)
            }
            #expect(try files(folder).map { try Data(contentsOf: $0) } == sound)
        }
    }

    @Test func `An entry that the driver does not take is compiled anew`() throws {
        try withFolder { folder in
            let cache = CodeCache(folder: folder.path)
            try MockMachine.use(cache: cache) { _ = try run(Self.values, $0) }
            try MockMachine.use(cache: cache) { machine in
                paged_mock_fail("cuModuleLoadDataEx", 200, 0)
                _ = try run(Self.values, machine)
                #expect(paged_mock_calls("nvrtcCompileProgram") == 1)
            }
        }
    }

    @Test func `A folder that cannot be written is no error`() throws {
        let cache = CodeCache(folder: "/proc/nowhere/cache")
        try MockMachine.use(cache: cache) { _ = try run(Self.values, $0) }
    }

    @Test func `Without a compiler the PTX of the package serves`() throws {
        try MockMachine.use(hasCompiler: false) { machine in
            try expectForm(.wideDecode, Self.values, machine)
            let prompt = Self.values.with { $0.lengths = [.init(past: 0, new: 40)] }
            try expectForm(.prompt, prompt, machine)
            #expect(paged_mock_calls("cuModuleLoadDataEx") == 2)
            // There is none of it for codes on tensor cores.
            try expectForm(.portable, Self.codes, machine)
        }
        try MockMachine.use(capability: 61, hasCompiler: false) { machine in
            try expectForm(.portable, Self.values, machine)
        }
        let prompt = Self.values.with { $0.lengths = [.init(past: 0, new: 40)] }
        try MockMachine.use(capability: 75, sharedMemory: 65_536, hasCompiler: false) { machine in
            try expectForm(.wideDecode, Self.values, machine)
            try expectForm(.smallPrompt, prompt.with { $0.headSize = 128 }, machine)
        }
        // SM90's own instructions are those of no other architecture.
        for (capability, form) in [(90, CUDAKernel.Form.hopper), (100, .prompt)] {
            try MockMachine.use(capability: capability, hasCompiler: false) { machine in
                let tensors = CaseTensors(prompt)
                let (stream, library) = (machine.stream, machine.library)
                let families = CUDAWorkload.Selection.trials.families
                let choice = try tensors.run(prompt, on: stream, library, selection: families)
                #expect(choice?.kernel.form == form)
                #expect(try ReferenceResult(prompt).problems(tensors, prompt).isEmpty)
            }
        }
    }

    @Test func `What cannot be had says what was tried`() throws {
        try MockMachine.use(hasCompiler: false) { machine in
            let kernel = try #require(CUDAKernelList.all.first { Self.codes.isServed(by: $0) })
            let text = message {
                try CaseTensors(Self.codes)
                    .run(Self.codes, on: machine.stream, machine.library, kernel: kernel)
            }
            let reason = "no code for paged_decode64_float16_int8: no NVRTC: it was not to be used"
            #expect(text.contains(reason))
            #expect(text.contains("the package has no PTX of it for sm_90"))
        }
    }

    @Test func `What the compiler says is passed on`() throws {
        try MockMachine.use { machine in
            let c = Self.codes.with { $0.headSize = 256 }
            let kernel = try #require(CUDAKernelList.all.first { c.isServed(by: $0) })
            // The prologue comes first.
            paged_mock_fail("nvrtcCompileProgram", 6, 1)
            let text = message {
                try CaseTensors(c).run(c, on: machine.stream, machine.library, kernel: kernel)
            }
            #expect(text.contains("NVRTC 12.6 cannot compile decode256-float16-int8 for sm_90a"))
            #expect(text.contains("NVRTC_ERROR_COMPILATION; the mock's compiler does not like it"))
        }
    }

    @Test func `A GPU that the compiler does not know gets PTX of an older one`() throws {
        try MockMachine.use(capability: 120) { machine in
            try expectForm(.wideDecode, Self.codes, machine)
        }
    }
}
