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
        },
        .init("v_quant_type is NONE") {
            quantize(&$0)
            $0.attributes.valueQuantizationType = .none
        },
        .init("not quantized") { $0.attributes.keyQuantizationType = .perTensor },
        .init("not quantized") { $0.attributes.valueQuantizationType = .perChannel },
        .init("k_cache_dtype") { $0.attributes.keyCacheType = "bfloat16" },
        .init("v_cache_dtype") { $0.attributes.valueCacheType = "int8" },
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
    }

    private static func setTokens(_ call: inout ShapeRuleTests.Call, _ count: Int) {
        call.inputs.query = tensor(.float16, count, 128)
        call.inputs.key = tensor(.float16, count, 64)
        call.inputs.value = tensor(.float16, count, 64)
        call.inputs.slotMapping = tensor(.int32, count)
    }
}
