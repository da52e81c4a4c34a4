import PagedAttention
import PagedModel
import PagedRuntime
import Testing

@Suite("The graph of a paged decoder")
struct DecoderGraphTests {
    @Test("is accepted with int32 tokens and without its optional inputs and cache outputs")
    func smallest() throws {
        let graph = try graph(inputs: Self.inputs, outputs: [Self.logits])
        #expect(graph.tokenType == .int32)
        #expect(!graph.hasLogitsIndices)
        #expect(!graph.hasAttentionMetadata)
        #expect(graph.logitsWidth == 9)
        #expect(graph.vocabularySize == 7)
        #expect(graph.cacheType == .float16)
        #expect(graph.layers.map(\.keyCache) == ["past_key_values.0.key"])
        #expect(graph.layers[0].keyCacheOutput == nil)
        #expect(graph.blockSize == nil)
    }

    @Test("without an input is refused by the input's name", arguments: [0, 1, 2, 3, 4, 5])
    func missing(index: Int) {
        var inputs = Self.inputs
        let removed = inputs.remove(at: index)
        let error = #expect(throws: ModelError.self) {
            try graph(inputs: inputs, outputs: [Self.logits])
        }
        #expect(error?.description == "the graph has no input \(removed.name)")
    }

    @Test("without logits is refused")
    func noLogits() {
        let error = #expect(throws: ModelError.self) {
            try graph(inputs: Self.inputs, outputs: [])
        }
        #expect(error?.description == "the graph has no output logits")
    }

    @Test("with an input that nobody fills is refused by its name")
    func unknownInput() {
        let positions = ValueInformation(
            name: "position_ids",
            elementType: .int64,
            shape: [3, nil]
        )
        let error = #expect(throws: ModelError.self) {
            try graph(inputs: Self.inputs + [positions], outputs: [Self.logits])
        }
        #expect(error?.description.contains("position_ids") == true)
    }

    @Test("with another type or rank than the operator's is refused")
    func wrongType() {
        var inputs = Self.inputs
        inputs[1] = ValueInformation(name: "block_table", elementType: .int64, shape: [nil, nil])
        let type = #expect(throws: ModelError.self) {
            try graph(inputs: inputs, outputs: [Self.logits])
        }
        #expect(type?.description == "input block_table must be int32, the graph has int64")
        inputs[1] = ValueInformation(name: "block_table", elementType: .int32, shape: [nil])
        let rank = #expect(throws: ModelError.self) {
            try graph(inputs: inputs, outputs: [Self.logits])
        }
        #expect(rank?.description == "input block_table must have rank 2, the graph has 1")
    }

    @Test("that contradicts genai_config.json is refused with both numbers")
    func wrongHeadSize() {
        let error = #expect(throws: ModelError.self) {
            try graph(inputs: Self.inputs, outputs: [Self.logits], headSize: 64)
        }
        let text = "genai_config.json says head_size 64, the graph's caches have 16"
        #expect(error?.description == text)
    }

    @Test("needs the layer's number in the names of several layers' caches")
    func nameWithoutLayer() {
        let error = #expect(throws: ModelError.self) {
            try graph(
                inputs: Self.inputs,
                outputs: [Self.logits],
                decoder: #""num_hidden_layers": 2000000000, "inputs": {"past_key_names": "k"}"#
            )
        }
        let text = "genai_config.json: past_key_names k of 2000000000 layers must contain %d"
        #expect(error?.description == text)
    }

    @Test("that is given one name for two inputs or outputs is refused")
    func nameTwice() {
        let input = #expect(throws: ModelError.self) {
            try graph(
                inputs: Self.inputs,
                outputs: [Self.logits],
                decoder: """
                    "num_hidden_layers": 1,
                    "inputs": {"past_value_names": "past_key_values.%d.key"}
                    """
            )
        }
        let text = "genai_config.json names input past_key_values.0.key twice"
        #expect(input?.description == text)
        let cache = ValueInformation(
            name: "present",
            elementType: .float16,
            shape: [nil, nil, 2, 16]
        )
        let output = #expect(throws: ModelError.self) {
            try graph(
                inputs: Self.inputs,
                outputs: [Self.logits, cache],
                decoder: """
                    "num_hidden_layers": 1, "outputs":
                    {"present_key_names": "present", "present_value_names": "present"}
                    """
            )
        }
        #expect(output?.description == "genai_config.json names output present twice")
    }

    static let logits = ValueInformation(name: "logits", elementType: .float32, shape: [nil, 9])
    static let inputs = [
        ValueInformation(name: "input_ids", elementType: .int32, shape: [nil]),
        ValueInformation(name: "block_table", elementType: .int32, shape: [nil, nil]),
        ValueInformation(
            name: "cumulative_sequence_lengths",
            elementType: .int32,
            shape: [nil]
        ),
        ValueInformation(name: "past_sequence_lengths", elementType: .int32, shape: [nil]),
        ValueInformation(
            name: "past_key_values.0.key",
            elementType: .float16,
            shape: [nil, nil, 2, 16]
        ),
        ValueInformation(
            name: "past_key_values.0.value",
            elementType: .float16,
            shape: [nil, nil, 2, 16]
        ),
    ]

    private func graph(
        inputs: [ValueInformation],
        outputs: [ValueInformation],
        headSize: Int = 16,
        decoder: String = #""num_hidden_layers": 1"#
    ) throws -> DecoderGraph {
        let text = """
            {"model": {"type": "llama", "vocab_size": 7, "context_length": 8,
             "decoder": {"head_size": \(headSize), "num_attention_heads": 4,
             "num_key_value_heads": 2, \(decoder)}}}
            """
        return try DecoderGraph(
            inputs: inputs,
            outputs: outputs,
            configuration: ModelConfiguration(json: Array(text.utf8))
        )
    }
}
