internal import CPagedCUDA
internal import PagedAttention

/// What is compiled at once: a source file for one pair of types and one size.
struct KernelUnit: Hashable, Sendable {
    /// Such as "decode.cu".
    let file: String
    /// Options that define what the file reads.
    let definitions: [String]
    /// A name for people and files, such as "decode128-float16-int8".
    let name: String

    init(_ variant: KernelVariant) {
        let kernel = variant.kernel
        let (activation, cache) = (kernel.activationType, kernel.cacheType)
        let macro: String?
        (file, macro) = Self.source(kernel.form)
        let size = macro == nil ? "" : "\(variant.size)"
        definitions =
            ["-DPAGED_ONLY=\(Self.types(activation, cache))"]
            + (macro.map { ["-D\($0)=\(size)"] } ?? [])
        name = "\(file.dropLast(3))\(size)-\(activation.name)-\(cache.name)"
    }

    /// The file of a form, and the macro that asks for one of its sizes.
    private static func source(_ form: CUDAKernel.Form) -> (file: String, macro: String?) {
        switch form {
        case .prologue: ("prologue.cu", nil)
        case .math: ("math.cu", nil)
        case .sparse: ("sparse.cu", nil)
        case .portable: ("portable.cu", "PAGED_WIDTH")
        case .decode, .wideDecode: ("decode.cu", "PAGED_SIZE")
        case .prompt: ("prompt.cu", "PAGED_SIZE")
        case .smallPrompt: ("small_prompt.cu", nil)
        case .latent: ("latent.cu", "PAGED_LATENT_SIZE")
        case .hopper: ("hopper_prompt.cu", "PAGED_HOPPER_SIZE")
        }
    }

    /// A line of `Kernels/instances.cuh`: types as the sources and as names spell them.
    private static func types(_ activation: ElementType, _ cache: ElementType) -> String {
        let format =
            switch cache {
            case .int8: "Int8"
            case .float8e4m3fn: "Float8"
            case .int4: "Int4"
            case .float4e2m1: "Float4"
            default: "Values"
            }
        let element = activation == .float16 ? "Float16" : "BFloat16"
        return "\(element),\(activation.name),\(format),\(cache.name)"
    }
}

/// The sources and modules that the program carries.
enum KernelTexts {
    /// Every source file, under the name by which others include it.
    static let sources = UnsafeTexts(paged_cuda_sources)
    /// PTX, named after architecture and types.
    static let modules = UnsafeTexts(paged_cuda_modules)
    /// FNV-1a over names and texts of the sources.
    static let sourceHash: UInt64 = sources.texts.reduce(Digest()) { digest, source in
        var digest = digest
        digest.add(UnsafeRawBufferPointer(start: source.name, count: source.nameLength))
        digest.add(UnsafeRawBufferPointer(start: source.text, count: source.byteCount))
        return digest
    }.value
}

/// Texts in the program's own memory, which never goes away.
struct UnsafeTexts: @unchecked Sendable {
    struct Text {
        let name: UnsafePointer<CChar>
        let text: UnsafePointer<CChar>
        let byteCount: Int
        var nameLength: Int { String(cString: name).utf8.count }
    }

    let texts: [Text]

    init(_ list: (UnsafeMutablePointer<Int>) -> UnsafePointer<paged_cuda_text>?) {
        var count = 0
        let first = list(&count)
        texts = UnsafeBufferPointer(start: first, count: first == nil ? 0 : count).compactMap {
            guard let name = $0.name, let text = $0.text else { return nil }
            return Text(name: name, text: text, byteCount: $0.byte_count)
        }
    }
}

/// FNV-1a with 64 bits: it finds changes and damage, nothing more.
struct Digest {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
}
