import PagedGraph
import PagedModel
import PagedRuntime
import Testing

@Suite("genai_config.json")
struct ModelConfigurationTests {
    @Test("of an export is read with its names, sizes and limits")
    func export() throws {
        let configuration = try Fixtures.model("llama-paged-fp16-pruned").configuration
        #expect(configuration.vocabularySize == 2048)
        #expect(configuration.contextLength == 512)
        #expect(configuration.eosTokens == [2, 0])
        #expect(configuration.decoder.headSize == 16)
        #expect(configuration.decoder.headCount == 4)
        #expect(configuration.decoder.keyValueHeadCount == 2)
        #expect(configuration.decoder.layerCount == 2)
        #expect(configuration.decoder.session.providers == ["cuda"])
        #expect(configuration.decoder.stateKinds == ["paged_kv"])
        #expect(configuration.decoder.names == GraphNames())
        #expect(configuration.dynamicBatching?.blockSize == 16)
        #expect(configuration.dynamicBatching?.blockCount == 64)
        #expect(configuration.dynamicBatching?.maximumScheduledTokens == 256)
        #expect(configuration.search.topK == 50)
        #expect(configuration.search.chunkSize == 64)
        #expect(configuration.unknownKeys == [])
    }

    @Test("may give one end token instead of a list")
    func oneEndToken() throws {
        #expect(try configuration(model: #""eos_token_id": 7"#).eosTokens == [7])
    }

    @Test("reports keys that it does not know by their full path")
    func unknownKeys() throws {
        let read = try configuration(
            model: #""eos_token_id": 7, "colour": 1"#,
            decoder: #", "inputs": {"smell": "x"}"#
        )
        #expect(read.unknownKeys == ["model.colour", "model.decoder.inputs.smell"])
    }

    @Test("takes names of inputs from the file")
    func names() throws {
        let read = try configuration(
            model: #""eos_token_id": 7"#,
            decoder: #", "inputs": {"block_table": "blocks"}"#
        )
        #expect(read.decoder.names.blockTable == "blocks")
        #expect(read.decoder.names.tokens == "input_ids")
    }

    @Test("without a needed key is refused with the key's path")
    func missingKey() {
        let error = #expect(throws: ModelError.self) {
            try ModelConfiguration(json: Array(#"{"model": {"type": "llama"}}"#.utf8))
        }
        #expect(error?.description == "genai_config.json: model.vocab_size is missing")
    }

    @Test("with a number that cannot be is refused with the number")
    func badNumber() {
        let error = #expect(throws: ModelError.self) {
            try configuration(model: #""eos_token_id": 7"#, layers: 0)
        }
        let text =
            "genai_config.json: model.decoder.num_hidden_layers must be from 1 to 2147483647, got 0"
        #expect(error?.description == text)
    }

    @Test(
        "with a session option that cannot be is refused with the bounds",
        arguments: [
            (
                #""intra_op_num_threads": 1025"#,
                "intra_op_num_threads must be from 1 to 1024, got 1025"
            ),
            (#""log_severity_level": 5"#, "log_severity_level must be from 0 to 4, got 5"),
        ]
    )
    func badOption(option: String, text: String) {
        let error = #expect(throws: ModelError.self) {
            try configuration(
                model: #""eos_token_id": 7"#,
                decoder: #", "session_options": {\#(option)}"#
            )
        }
        let path = "genai_config.json: model.decoder.session_options."
        #expect(error?.description == path + text)
    }

    @Test("may leave the number of threads to ONNX Runtime with a 0")
    func defaultThreads() throws {
        let read = try configuration(
            model: #""eos_token_id": 7"#,
            decoder: #", "session_options": {"intra_op_num_threads": 0}"#
        )
        #expect(read.decoder.session.threads == nil)
    }

    @Test("says how ONNX Runtime runs the model, in options and in entries of its own")
    func sessionOptions() throws {
        let read = try configuration(
            model: #""eos_token_id": 7"#,
            decoder: """
                , "session_options": {"graph_optimization_level": "ORT_ENABLE_BASIC",
                "log_severity_level": 3, "enable_cpu_mem_arena": false, "log_id": "x",
                "session.set_denormal_as_zero": "1", "enable_mem_pattern": true,
                "use_env_allocators": false, "colour": "red"}
                """
        )
        let session = read.decoder.session
        #expect(session.optimizationLevel == .basic)
        #expect(session.logSeverity == 3)
        #expect(session.usesArena == false)
        #expect(session.entries == ["session.set_denormal_as_zero": "1"])
        #expect(session.unused == ["enable_mem_pattern"])
        #expect(read.unknownKeys == ["model.decoder.session_options.colour"])
    }

    @Test("with an optimisation level that does not exist is refused with those that do")
    func badLevel() {
        let error = #expect(throws: ModelError.self) {
            try configuration(
                model: #""eos_token_id": 7"#,
                decoder: #", "session_options": {"graph_optimization_level": "high"}"#
            )
        }
        let text = """
            genai_config.json: model.decoder.session_options.graph_optimization_level: must be \
            one of ORT_DISABLE_ALL, ORT_ENABLE_BASIC, ORT_ENABLE_EXTENDED, ORT_ENABLE_LAYOUT, \
            ORT_ENABLE_ALL, got high
            """
        #expect(error?.description == text)
    }

    @Test(
        "with a value that cannot be is refused in words of the file",
        arguments: [
            ("", "is not valid JSON"), ("{", "is not valid JSON"),
            ("[]", "must be an object, got an array"), ("{}", "model is missing"),
            (
                #"{"model": {"vocab_size": "x"}}"#,
                "model.vocab_size must be an integer, got a string"
            ),
        ]
    )
    func badValue(json: String, text: String) {
        let error = #expect(throws: ModelError.self) {
            try ModelConfiguration(json: Array(json.utf8))
        }
        #expect(error?.description == "genai_config.json: " + text)
    }

    @Test(
        "with search settings or end tokens that cannot be is refused with the bounds",
        arguments: [
            (#""temperature": -3"#, 7, "search.temperature must be from 0 to 100, got -3.0"),
            (#""top_p": 7"#, 7, "search.top_p must be from 0 to 1, got 7.0"),
            (#""top_p": "x""#, 7, "search.top_p must be a number, got a string"),
            (#""top_k": -2"#, 7, "search.top_k must be at least -1, got -2.0"),
            (
                #""repetition_penalty": 0"#, 7,
                "search.repetition_penalty must be above 0 and at most 10, got 0.0"
            ),
            (#""top_k": -1"#, 9, "model.eos_token_id must be from 0 to 8, got 9"),
        ]
    )
    func badSettings(search: String, end: Int, text: String) {
        let error = #expect(throws: ModelError.self) {
            try configuration(model: #""eos_token_id": \#(end)"#, search: search)
        }
        #expect(error?.description == "genai_config.json: " + text)
    }

    private func configuration(
        model: String,
        decoder: String = "",
        layers: Int = 1,
        search: String = ""
    ) throws -> ModelConfiguration {
        let text = """
            {"model": {"type": "llama", "vocab_size": 9, "context_length": 8, \(model),
             "decoder": {"head_size": 16, "num_attention_heads": 1, "num_key_value_heads": 1,
             "num_hidden_layers": \(layers)\(decoder)}}, "search": {\(search)}}
            """
        return try ModelConfiguration(json: Array(text.utf8))
    }
}
