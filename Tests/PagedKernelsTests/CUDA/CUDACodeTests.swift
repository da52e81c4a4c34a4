import CPagedCUDA
import CPagedCUDAEmulator
import PagedAttention
import PagedCases
import Testing

/// The code that the package carries for GPUs.
@Suite struct CUDACodeTests {
    private static let sources = texts(paged_cuda_sources)
    private static let modules = texts(paged_cuda_modules)

    private static func texts(
        _ list: (UnsafeMutablePointer<Int>) -> UnsafePointer<paged_cuda_text>?
    ) -> [(name: String, text: String)] {
        var count = 0
        let first = list(&count)
        return UnsafeBufferPointer(start: first, count: count).map {
            (String(cString: $0.name), String(cString: $0.text))
        }
    }

    /// FNV-1a over names and texts, as `Scripts/cuda-compile.py` computes it.
    private static var hash: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for (name, text) in sources {
            for byte in (name + text).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return hash
    }

    @Test func `Committed PTX is that of the sources`() {
        let digits = String(Self.hash, radix: 16)
        let padded = String(repeating: "0", count: 16 - digits.count) + digits
        for (name, text) in Self.modules {
            let head = text.prefix { $0 != "\n" }
            #expect(head.hasSuffix("from sources \(padded)."), "\(name) is stale: run make ptx")
        }
    }

    @Test func `Every pair of types has a prologue and a kernel that always serves`() {
        for pair in CUDAConformanceTests.typePairs {
            let types = "\(pair.activation.name)_\(pair.cache.name)"
            let module = Self.modules.first { $0.name == "compute_60_\(types)" }?.text ?? ""
            for kernel in ["paged_prologue_\(types)", "paged_portable16_\(types)"] {
                #expect(module.contains(".entry \(kernel)("), "\(types)")
            }
        }
    }

    @Test func `8-bit floating point codes are the same halves on every GPU`() {
        #expect(paged_emulator_float8_differences() == 0)
    }

    @Test func `Sources include nothing but each other`() {
        let names = Set(Self.sources.map(\.name))
        for (name, text) in Self.sources {
            for line in text.split(separator: "\n") where line.hasPrefix("#include \"") {
                let included = line.dropFirst(10).prefix { $0 != "\"" }
                #expect(names.contains(String(included)), "\(name) includes \(included)")
            }
        }
    }
}
