import PagedAttention
import PagedGraph
import PagedKernels
import Testing

@Suite("An attention node of a graph")
struct AttentionNodeTests {
    @Test("has the operator's defaults for absent attributes")
    func defaults() throws {
        let attributes = try AttentionAttributes(attention(TinyGraph()).node)
        #expect(attributes == AttentionAttributes(headCount: 4, keyValueHeadCount: 2))
    }

    @Test("has the attributes that it says")
    func attributes() throws {
        var tiny = TinyGraph()
        tiny.set("do_rotary", 1)
        tiny.set("is_causal", 2)
        tiny.set("local_window_size", 7)
        tiny.set("k_quant_type", "PER_CHANNEL")
        tiny.set("v_cache_dtype", "int8")
        tiny.set("kv_cache_layout", "LATENT")
        tiny.set("color", "red")
        let attributes = try AttentionAttributes(attention(tiny).node)
        #expect(attributes.doRotary)
        #expect(!attributes.isCausal)
        #expect(attributes.localWindowSize == 7)
        #expect(attributes.keyQuantizationType == .perChannel)
        #expect(attributes.valueCacheType == "int8")
        #expect(attributes.cacheLayout == .latent)
    }

    @Test("gets a kernel for its types", arguments: [(1, 1), (1, 10), (10, 10), (16, 16)])
    func kernel(activation: Int32, cache: Int32) throws {
        let attention = try attention(TinyGraph(float: activation, cache: cache))
        let kernel = try attention.kernel()
        #expect(kernel.activationType.rawValue == activation)
        #expect(kernel.cacheType.rawValue == cache)
        #expect(attention.layer == 3)
    }

    @Test("with a cache of 4-bit codes in bytes gets their kernel")
    func codes() throws {
        var tiny = TinyGraph(float: 10, cache: 2)
        for name in ["keys", "values"] {
            tiny.replace(name, 2, [.unknown, .unknown, .fixed(2), .fixed(8)])
        }
        refuses(tiny, "k_cache_dtype must be explicit int4")
        for side in ["k", "v"] {
            tiny.set("\(side)_cache_dtype", "int4")
            tiny.set("\(side)_quant_type", "PER_CHANNEL")
        }
        refuses(tiny, "k_scale must be given")
        tiny.node.input += ["", "", "", "", "", "", "scales", "scales"]
        tiny.addConstant("scales", 1, [2, 1, 16])
        #expect(try attention(tiny).kernel().cacheType == .int4)
    }

    @Test("in the latent layout gets a kernel")
    func latent() throws {
        var tiny = TinyGraph()
        tiny.node.attribute = []
        tiny.set("num_heads", 4)
        tiny.set("kv_num_heads", 1)
        tiny.set("kv_cache_layout", "LATENT")
        tiny.node.input[1] = "row"
        tiny.node.input[4] = ""
        tiny.replace("keys", 10, [.unknown, .unknown, .fixed(1), .fixed(32)])
        tiny.add("row", 10, [.named("tokens"), .fixed(32)])
        let node = try attention(tiny)
        #expect(try node.headSize(AttentionAttributes(node.node)) == 32)
        #expect(try node.kernel().cacheType == .float16)
        tiny.node.input[1] = ""
        refuses(tiny, "'key' must be given in the LATENT layout")
    }

    @Test("takes types and head size from what the graph does say")
    func unknownQuery() throws {
        var tiny = TinyGraph(float: 1, cache: 1)
        tiny.inputs.removeAll { $0.name == "qkv" }
        tiny.node.name = "attention"
        let node = try attention(tiny)
        #expect(try node.headSize(AttentionAttributes(node.node)) == 16)
        #expect(try node.kernel().activationType == .float32)
        #expect(node.layer == nil)
        tiny.outputs = []
        #expect(try attention(tiny).kernel().activationType == .float32)
        tiny.inputs = []
        refuses(tiny, "the graph does not say the element type of query")
    }

    @Test("with rotation, norms, slots and metadata gets a kernel")
    func optionalInputs() throws {
        var tiny = TinyGraph()
        tiny.set("do_rotary", 1)
        tiny.node.input += ["cos", "sin", "slots", "sink", "norm", "norm", "", "", "bounds"]
        tiny.addConstant("cos", 10, [512, 8])
        tiny.addConstant("sin", 10, [512, 8])
        tiny.addConstant("norm", 10, [16])
        tiny.add("slots", 6, [.named("tokens")])
        tiny.add("sink", 10, [.fixed(4)])
        tiny.add("bounds", 6, [.fixed(3)])
        #expect(try attention(tiny).kernel().cacheType == .float16)
        tiny.constants[0].dims = [512, 4]
        refuses(tiny, "cos_cache dimension 1")
        tiny.constants[0].dims = []
        refuses(tiny, "cos_cache")
    }

    @Test("is refused by the operator's own rules")
    func refused() throws {
        var tiny = TinyGraph()
        tiny.node.attribute.removeLast()
        refuses(tiny, "attribute kv_num_heads is missing")
        tiny.set("kv_num_heads", "2")
        refuses(tiny, "attribute kv_num_heads must be of kind integer")
        tiny = TinyGraph()
        tiny.set("kv_cache_layout", "STRANGE")
        refuses(tiny, "kv_cache_layout must be one of SEPARATE, LATENT, got 'STRANGE'")
        tiny = TinyGraph()
        tiny.node.input[7] = ""
        refuses(tiny, "input block_table is missing")
        tiny = TinyGraph()
        tiny.replace("keys", 10, [.unknown, .fixed(24), .fixed(2), .fixed(16)])
        refuses(tiny, "key_cache dimension 1 (block size) must be a power of two")
        tiny.replace("keys", 10, [.unknown, .fixed(16), .fixed(3), .fixed(16)])
        refuses(tiny, "key_cache dimension 2 must be 2")
        tiny = TinyGraph()
        tiny.replace("starts", 7, [.unknown])
        refuses(tiny, "cumulative_sequence_length must have element type int32, got int64")
        refuses(TinyGraph(float: 11, cache: 11), "query of type float64 is not implemented")
        refuses(TinyGraph(float: 10, cache: 1), "no kernel for float16 activations")
    }

    @Test("with sizes beyond all bounds is refused without a trap")
    func hugeSizes() throws {
        for size in [Int.max, Int.max - 1, Int(Int32.max), 1 << 40] {
            for name in ["qkv", "keys", "values", "starts", "past", "table"] {
                var tiny = TinyGraph()
                tiny.replace(
                    name,
                    name.count > 4 && name != "values" ? 6 : 10,
                    [
                        .fixed(size), .fixed(size), .fixed(size), .fixed(size),
                    ]
                )
                _ = try? attention(tiny).kernel()
                tiny.inputs.removeAll { $0.name == "qkv" }
                _ = try? attention(tiny).kernel()
            }
            var tiny = TinyGraph()
            tiny.node.attribute = []
            tiny.set("num_heads", size)
            tiny.set("kv_num_heads", size)
            _ = try? attention(tiny).kernel()
            _ = try? attention(tiny).headSize(AttentionAttributes(attention(tiny).node))
        }
    }

    @Test("with a size above 32 bits is refused by its input")
    func largeSize() {
        var tiny = TinyGraph()
        tiny.replace("past", 6, [.fixed(1 << 31)])
        refuses(tiny, "past_seqlens has a dimension of 2147483648, above 2^31 - 1")
    }

    @Test("is told apart from attention that is not paged")
    func kinds() throws {
        #expect(try kind("PagedAttention", "com.microsoft") == .paged)
        #expect(try kind("PagedAttention", "ai.pagedattention") == .paged)
        #expect(try kind("PagedAttention", "org.example") == .notPaged)
        #expect(try kind("SparsePagedAttention", "com.microsoft") == .sparsePaged)
        #expect(try kind("GroupQueryAttention", "com.microsoft") == .notPaged)
        #expect(try kind("Attention", "") == .notPaged)
        #expect(try kind("MatMul", "") == nil)
    }

    private func attention(_ tiny: TinyGraph) throws -> AttentionNode {
        try #require(tiny.graph().attentionNodes.first)
    }

    private func kind(_ type: String, _ domain: String) throws -> AttentionNode.Kind? {
        var tiny = TinyGraph()
        tiny.node.opType = type
        tiny.node.domain = domain
        return try tiny.graph().attentionNodes.first?.kind
    }

    private func refuses(_ tiny: TinyGraph, _ text: String) {
        let error = #expect(throws: OperatorError.self) { try attention(tiny).kernel() }
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    }
}
