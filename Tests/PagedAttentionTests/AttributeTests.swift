import PagedAttention
import Testing

@Suite struct AttributeTests {
    private func refusal(_ change: (inout AttentionAttributes) -> Void) -> String? {
        var attributes = AttentionAttributes(headCount: 4, keyValueHeadCount: 2)
        change(&attributes)
        do throws(OperatorError) {
            try attributes.validate()
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `Defaults are valid`() {
        #expect(refusal { _ in } == nil)
    }

    @Test func `An attribute out of range is named`() {
        #expect(refusal { $0.headCount = 0 }?.contains("num_heads") == true)
        #expect(refusal { $0.headCount = .max }?.contains("num_heads") == true)
        #expect(refusal { $0.keyValueHeadCount = 3 }?.contains("kv_num_heads") == true)
        #expect(refusal { $0.keyValueHeadCount = -2 }?.contains("kv_num_heads") == true)
        #expect(refusal { $0.qkNormEpsilon = 0 }?.contains("qk_norm_epsilon") == true)
        #expect(refusal { $0.qkNormEpsilon = .nan }?.contains("qk_norm_epsilon") == true)
        #expect(refusal { $0.valueHeadSize = -1 }?.contains("v_head_size") == true)
        #expect(refusal { $0.rotaryOffset = -8 }?.contains("rotary_offset") == true)
        let unknown = refusal { $0.keyCacheType = "uint4" }
        #expect(unknown?.contains("Invalid KV cache data type") == true)
    }
}
