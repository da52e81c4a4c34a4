/// A call of the operator as servers make it.
struct KernelWorkload: Encodable {
    /// Heads of queries and of keys and values, and their size.
    struct Heads: Encodable {
        let query: Int
        let keyValue: Int
        let size: Int

        var name: String { "\(query)/\(keyValue)x\(size)" }
    }

    /// Cached and new tokens of a sequence.
    struct Length: Encodable {
        let past: Int
        let new: Int
    }

    let name: String
    let lengths: [Length]

    private init(name: String, lengths: [(past: Int, new: Int)]) {
        self.name = name
        self.lengths = lengths.map { Length(past: $0.past, new: $0.new) }
    }

    /// Decodes, prompts, and both at once.
    static let all: [KernelWorkload] = [
        KernelWorkload(name: "D1", lengths: [(4095, 1)]),
        KernelWorkload(
            name: "D8",
            lengths: [512, 1024, 1536, 2048, 2560, 3072, 3584, 4096].map { ($0 - 1, 1) }
        ),
        KernelWorkload(name: "D32", lengths: Array(repeating: (1023, 1), count: 32)),
        KernelWorkload(name: "P1", lengths: [(0, 2048)]),
        KernelWorkload(name: "P8", lengths: Array(repeating: (0, 256), count: 8)),
        KernelWorkload(
            name: "M",
            lengths: Array(repeating: (2047, 1), count: 4) + [(1024, 512)]
        ),
    ]

    var tokenCount: Int { lengths.reduce(0) { $0 + $1.new } }

    /// Pairs of queries and the keys that they see.
    var pairs: Double {
        lengths.reduce(0) { sum, length in
            sum + Double(length.new) * (Double(length.past) + Double(length.new + 1) / 2)
        }
    }

    /// Floating point operations: products of queries with keys, and of weights with values.
    func operations(_ heads: Heads) -> Double {
        4 * pairs * Double(heads.query * heads.size)
    }

    /// Bytes of the cache that are read at least once.
    func cacheBytes(_ heads: Heads, bitsPerElement: Int) -> Double {
        let places = lengths.reduce(0) { $0 + $1.past + $1.new }
        return 2 * Double(places * heads.keyValue * heads.size * bitsPerElement) / 8
    }
}
