import PagedAttention

extension BrokenCall {
    static let rotary: [BrokenCall] = [
        .init("cos_cache and sin_cache must both") { $0.inputs.sineCache = nil },
        .init("cos_cache must have 2") { $0.inputs.cosineCache = tensor(.float16, 64, 16, 1) },
        .init("sin_cache must have 2") { $0.inputs.sineCache = tensor(.float16, 64) },
        .init("head_size that 16 divides, got 24") {
            $0.inputs.query = tensor(.float16, 5, 96)
            $0.inputs.key = tensor(.float16, 5, 48)
            $0.inputs.value = tensor(.float16, 5, 48)
            $0.inputs.keyCache = tensor(.float16, 3, 16, 2, 24)
            $0.inputs.valueCache = tensor(.float16, 3, 16, 2, 24)
            $0.inputs.queryNormWeight = tensor(.float16, 24)
            $0.inputs.keyNormWeight = tensor(.float16, 24)
        },
        .init("cos_cache dimension 1") { $0.inputs.cosineCache = tensor(.float16, 64, 24) },
        .init("cos_cache dimension 1") { $0.inputs.cosineCache = tensor(.float16, 64, 12) },
        .init("sin_cache dimension 1") { $0.inputs.sineCache = tensor(.float16, 64, 24) },
        .init("must be as wide as") { $0.inputs.sineCache = tensor(.float16, 64, 8) },
        .init("multiple of 8") { $0.attributes.rotaryOffset = 4 },
        .init("must not exceed head_size") { $0.attributes.rotaryOffset = 8 },
        .init("must not exceed head_size") { $0.attributes.rotaryOffset = Int.max / 8 * 8 },
        .init("cos_cache and sin_cache are missing") {
            $0.attributes.doRotary = true
            $0.inputs.cosineCache = nil
            $0.inputs.sineCache = nil
        },
    ]

    static let quantization: [BrokenCall] = [
        .init("k_scale is given") { $0.inputs.keyScale = tensor(.float32, 1) },
        .init("v_scale is given") { $0.inputs.valueScale = tensor(.float32, 1) },
        .init("k_quant_type is NONE") {
            quantize(&$0)
            $0.attributes.keyQuantizationType = .none
            $0.inputs.keyScale = nil
        },
        .init("v_quant_type is NONE") {
            quantize(&$0)
            $0.attributes.valueQuantizationType = .none
            $0.inputs.valueScale = nil
        },
        .init("not quantized") { $0.attributes.keyQuantizationType = .perTensor },
        .init("not quantized") { $0.attributes.valueQuantizationType = .perChannel },
        .init("k_cache_dtype") { $0.attributes.keyCacheType = "bfloat16" },
        .init("v_cache_dtype") { $0.attributes.valueCacheType = "int8" },
        .init("k_scale must be given") {
            quantize(&$0)
            $0.inputs.keyScale = nil
        },
        .init("v_scale must be given") {
            quantize(&$0)
            $0.inputs.valueScale = nil
        },
        .init("k_scale must have 1 element") {
            quantize(&$0)
            $0.inputs.keyScale = tensor(.float32, 2)
        },
        .init("v_scale must have 1 element") {
            quantize(&$0)
            $0.inputs.valueScale = tensor(.float32, 2, 1, 32)
        },
        .init("k_scale must have shape (2, 1, 32)") {
            quantize(&$0)
            $0.attributes.keyQuantizationType = .perChannel
        },
        .init("v_scale must have shape (2, 1, 32)") {
            quantize(&$0)
            $0.attributes.valueQuantizationType = .perChannel
            $0.inputs.valueScale = tensor(.float32, 32, 2)
        },
        .init("k_scale must have element type") {
            quantize(&$0)
            $0.inputs.keyScale = tensor(.float16, 1)
        },
        .init("v_scale must have element type") {
            quantize(&$0)
            $0.inputs.valueScale = tensor(.float16, 1)
        },
        .init("v_cache_dtype must be explicit int4") {
            pack(&$0)
            $0.attributes.valueCacheType = ""
        },
        .init("key_cache dimension 3 must be 16") {
            pack(&$0)
            $0.inputs.keyCache = tensor(.uint8, 3, 16, 2, 32)
        },
        .init("value_cache dimension 3 must be 16") {
            pack(&$0)
            $0.inputs.valueCache = tensor(.uint8, 3, 16, 2, 32)
        },
    ]

    static let latent: [BrokenCall] = [
        .init("'key' must be given in the LATENT") { makeLatent(&$0) { $0.inputs.key = nil } },
        .init("'value' must be absent in the LATENT") {
            makeLatent(&$0) { $0.inputs.value = tensor(.float16, 5, 32) }
        },
        .init("v_head_size must be in") { makeLatent(&$0) { $0.attributes.valueHeadSize = 33 } },
        .init("explicit 'scale'") { makeLatent(&$0) { $0.attributes.scale = 0 } },
        .init("'value_cache' must be absent") {
            makeLatent(&$0) { $0.inputs.valueCache = tensor(.float16, 3, 16, 1, 32) }
        },
        .init("'kv_num_heads' must be 1") {
            makeLatent(&$0) {
                $0.attributes.keyValueHeadCount = 2
                $0.inputs.key = tensor(.float16, 5, 64)
            }
        },
        .init("'head_sink' must be absent") {
            makeLatent(&$0) { $0.inputs.headSink = tensor(.float16, 4) }
        },
        .init("q_norm_weight and k_norm_weight must be absent") {
            makeLatent(&$0) { $0.inputs.queryNormWeight = tensor(.float16, 32) }
        },
        .init("v_scale must be absent") {
            makeLatent(&$0) { $0.inputs.valueScale = tensor(.float32, 1) }
        },
        .init("v_quant_type must be absent") {
            makeLatent(&$0) { $0.attributes.valueQuantizationType = .perTensor }
        },
        .init("v_cache_dtype must be absent") {
            makeLatent(&$0) { $0.attributes.valueCacheType = "float16" }
        },
        .init("int4 is not allowed in the LATENT layout") {
            makeLatent(&$0) {
                $0.cache = .uint8
                $0.attributes.keyCacheType = "int4"
                $0.inputs.keyCache = tensor(.uint8, 3, 16, 1, 16)
            }
        },
    ]

    static let capacity: [BrokenCall] = [
        .init("requires at least one physical cache block") {
            $0.inputs.keyCache = tensor(.float16, 0, 16, 2, 32)
            $0.inputs.valueCache = tensor(.float16, 0, 16, 2, 32)
        },
        .init("too many entries") { $0.inputs.blockTable = tensor(.int32, 2, 1 << 30) },
        .init("more than 32 bits of positions") {
            $0.inputs.blockTable = tensor(.int32, 2, 1 << 28)
        },
        .init("too many tokens") { setTokens(&$0, 1 << 31) },
        .init("is too long") {
            $0.inputs.cumulativeSequenceLengths = tensor(.int32, (1 << 30) + 1)
            $0.inputs.pastSequenceLengths = tensor(.int32, 1 << 30)
            $0.inputs.blockTable = tensor(.int32, 1 << 30, 1)
        },
    ]

    private static func quantize(_ call: inout ShapeRuleTests.Call) {
        call.cache = .int8
        call.inputs.keyCache = tensor(.int8, 3, 16, 2, 32)
        call.inputs.valueCache = tensor(.int8, 3, 16, 2, 32)
        call.attributes.keyQuantizationType = .perTensor
        call.attributes.valueQuantizationType = .perTensor
        call.inputs.keyScale = tensor(.float32, 1)
        call.inputs.valueScale = tensor(.float32, 1)
    }

    private static func pack(_ call: inout ShapeRuleTests.Call) {
        quantize(&call)
        call.cache = .uint8
        call.attributes.keyCacheType = "int4"
        call.attributes.valueCacheType = "int4"
        call.inputs.keyCache = tensor(.uint8, 3, 16, 2, 16)
        call.inputs.valueCache = tensor(.uint8, 3, 16, 2, 16)
    }

    /// Makes the call latent and valid, then breaks it.
    private static func makeLatent(
        _ call: inout ShapeRuleTests.Call,
        _ change: (inout ShapeRuleTests.Call) -> Void
    ) {
        call.attributes.cacheLayout = .latent
        call.attributes.keyValueHeadCount = 1
        call.attributes.valueHeadSize = 24
        call.attributes.scale = 0.1
        call.inputs.key = tensor(.float16, 5, 32)
        call.inputs.value = nil
        call.inputs.keyCache = tensor(.float16, 3, 16, 1, 32)
        call.inputs.valueCache = nil
        call.inputs.headSink = nil
        call.inputs.queryNormWeight = nil
        call.inputs.keyNormWeight = nil
        change(&call)
    }

    private static func setTokens(_ call: inout ShapeRuleTests.Call, _ count: Int) {
        call.inputs.query = tensor(.float16, count, 128)
        call.inputs.key = tensor(.float16, count, 64)
        call.inputs.value = tensor(.float16, count, 64)
        call.inputs.slotMapping = tensor(.int32, count)
    }
}
