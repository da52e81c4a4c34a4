import Foundation
import PagedAttention
import PagedGraph
import Testing

@Suite("A graph with a cache per sequence, made paged")
struct PagedConversionTests {
    @Test("has the inputs and outputs of a paged export")
    func interface() throws {
        let graph = try ModelGraph(converted("llama-int4"))
        let inputs = Dictionary(uniqueKeysWithValues: graph.inputs.map { ($0.name, $0) })
        #expect(inputs["input_ids"]?.shape == [.named("num_tokens")])
        #expect(inputs["block_table"]?.shape?.count == 2)
        #expect(inputs["logits_indices"]?.elementType == .int32)
        #expect(inputs["attention_mask"] == nil)
        #expect(inputs["position_ids"] == nil)
        let cache: [GraphDimension] = [
            .named("num_blocks"), .named("block_size"), .fixed(2), .fixed(16),
        ]
        #expect(inputs["past_key_values.1.value"]?.shape == cache)
        #expect(graph.outputs.first { $0.name == "present.0.key" }?.shape == cache)
        let logits = graph.outputs.first { $0.name == "logits" }
        #expect(logits?.shape == [.named("num_logits"), .fixed(320)])
        #expect(graph.attentionNodes.map(\.kind) == [.paged, .paged])
    }

    @Test("keeps every weight as it is")
    func weights() throws {
        let original = try GraphFile(path: path("llama-int4")).message.graph.initializer
        let constants = try converted("llama-int4").message.graph.initializer
        #expect(original.allSatisfy(constants.contains))
        #expect(constants.count == original.count + 1)
    }

    @Test("computes the last layer's MLP for the wanted rows alone")
    func rows() throws {
        let nodes = try converted("llama-int4").message.graph.node
        let gathers = nodes.filter { $0.input.contains("logits_indices") }
        #expect(gathers.count == 2, "the residual and what attention says")
        let last = try #require(nodes.lastIndex { $0.opType == "PagedAttention" })
        let first = try #require(nodes.firstIndex { $0.input.contains(gathers[0].output[0]) })
        #expect(nodes[last...first].count < 6)
    }

    @Test("passes on windows, softcap and sinks, and gives positions where rotation is outside")
    func features() throws {
        let gemma = try ModelGraph(converted("gemma2-int4")).attentionNodes
        #expect(try gemma.map { try AttentionAttributes($0.node).localWindowSize } == [16, -1])
        #expect(try gemma.map { try AttentionAttributes($0.node).softcap } == [5, 5])
        let sinks = try ModelGraph(converted("gpt-oss-fp32")).attentionNodes
        #expect(sinks.allSatisfy { $0.has(.headSink) })
        let rotary = try ModelGraph(converted("qwen3-rotary-int4"))
        let positions = rotary.inputs.first { $0.name == "position_ids" }
        #expect(positions?.shape == [.named("num_tokens")])
        #expect(try !AttentionAttributes(rotary.attentionNodes[0].node).doRotary)
    }

    @Test(
        "is refused by the node's name where attention is another operator",
        arguments: ["MultiHeadAttention", "Attention", "SparseAttention"]
    )
    func otherAttention(type: String) throws {
        let error = refusal("llama-int4") { graph in
            for index in graph.node.indices where graph.node[index].opType.hasSuffix("Attention") {
                graph.node[index].opType = type
            }
        }
        let text =
            "node /model/layers.0/attn/GroupQueryAttention is \(type), which is not converted"
        #expect(error?.hasPrefix(text) == true, "\(error ?? "none")")
    }

    @Test("is refused by the node's name where attention is written out")
    func unfused() throws {
        let error = refusal("llama-int4") { graph in
            for index in graph.node.indices where graph.node[index].opType.hasSuffix("Attention") {
                graph.node[index].opType = "Concat"
            }
        }
        let text = """
            attention is not one node: /model/layers.0/attn/GroupQueryAttention (Concat) reads \
            past_key_values.0.key
            """
        #expect(error?.hasPrefix(text) == true, "\(error ?? "none")")
    }

    @Test(
        "is refused by the node's name where something else needs what goes away",
        arguments: ["attention_mask", "past_key_values.0.key"]
    )
    func otherReader(input: String) throws {
        let error = refusal("llama-int4") { graph in
            var node = NodeMessage()
            node.opType = "Shape"
            node.name = "looks"
            node.input = [input]
            node.output = ["seen"]
            graph.node.append(node)
            graph.output.append(graph.output[0])
            graph.output[graph.output.count - 1].name = "seen"
        }
        #expect(error?.hasPrefix("node looks (Shape) reads \(input)") == true, "\(error ?? "none")")
    }

    @Test(
        "is refused with the node and the reason where PagedAttention has no counterpart",
        arguments: [("causal", Int64(0)), ("qk_output", 1)]
    )
    func attributes(name: String, value: Int64) throws {
        let error = refusal("llama-int4") { graph in
            for index in graph.node.indices where graph.node[index].opType.hasSuffix("Attention") {
                var attribute = AttributeMessage()
                attribute.name = name
                attribute.type = 2
                attribute.i = value
                graph.node[index].attribute.append(attribute)
            }
        }
        let node = "node /model/layers.0/attn/GroupQueryAttention (GroupQueryAttention): \(name)"
        #expect(error?.hasPrefix(node) == true, "\(error ?? "none")")
    }

    @Test(
        "with bytes changed is converted or refused",
        arguments: ["qwen3-int4", "phi3-long-int4"]
    )
    func changed(name: String) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path(name)))
        let seed = UInt64.random(in: 0...UInt64.max)
        print("changed graph \(name) seed \(seed)")
        var state = seed
        var converted = 0
        for _ in 0..<3000 {
            var changed = bytes
            for _ in 0..<2 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                changed[Int(state >> 33) % changed.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            let settings = ConversionSettings(names: GraphNames(), headSize: 16)
            guard let file = try? GraphFile(bytes: changed, name: name),
                var paged = try? file.paged(settings)
            else { continue }
            try? paged.setCacheType(.float16)
            _ = paged.recomputationLength(names: GraphNames())
            _ = try? ExternalWeights(of: paged, in: path(name))
            converted += 1
        }
        #expect(converted > 100)
    }

    private func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/genai/\(name)/model.onnx").path
    }

    private func converted(
        _ name: String,
        _ change: (inout GraphMessage) -> Void = { _ in }
    ) throws -> GraphFile {
        var file = try GraphFile(path: path(name))
        change(&file.message.graph)
        return try file.paged(ConversionSettings(names: GraphNames(), headSize: 16))
    }

    private func refusal(_ name: String, _ change: (inout GraphMessage) -> Void) -> String? {
        #expect(throws: GraphError.self) { try converted(name, change) }?.description
    }
}
