import PagedAttention
import Testing

/// Every rule refuses what breaks it, with the tensor and what was seen.
@Suite struct ShapeRuleTests {
    /// A call that keeps every rule, for a test to break one.
    struct Call {
        var attributes = AttentionAttributes(headCount: 4, keyValueHeadCount: 2)
        var activation = ElementType.float16
        var cache = ElementType.float16
        var inputs: AttentionInputs

        init() {
            inputs = AttentionInputs(
                query: tensor(.float16, 5, 128),
                key: tensor(.float16, 5, 64),
                value: tensor(.float16, 5, 64),
                keyCache: tensor(.float16, 3, 16, 2, 32),
                valueCache: tensor(.float16, 3, 16, 2, 32),
                cumulativeSequenceLengths: tensor(.int32, 3),
                pastSequenceLengths: tensor(.int32, 2),
                blockTable: tensor(.int32, 2, 4)
            )
            inputs.cosineCache = tensor(.float16, 64, 16)
            inputs.sineCache = tensor(.float16, 64, 16)
            inputs.slotMapping = tensor(.int32, 5)
            inputs.headSink = tensor(.float16, 4)
            inputs.queryNormWeight = tensor(.float16, 32)
            inputs.keyNormWeight = tensor(.float16, 32)
            inputs.attentionMetadata = tensor(.int32, 3)
        }

        func refusal(_ rules: [ShapeRule] = ShapeRules.all) -> String? {
            let context = RuleContext(
                inputs: inputs,
                attributes: attributes,
                activationType: activation,
                cacheType: cache
            )
            do throws(OperatorError) {
                try ShapeRules.check(rules, context)
                return nil
            } catch {
                return error.message
            }
        }
    }

    @Test func `A valid call has the shape that its tensors imply`() {
        let call = Call()
        #expect(call.refusal() == nil)
        #expect(call.refusal(ShapeRules.capacity) == nil)
        let shape = RuleContext(
            inputs: call.inputs,
            attributes: call.attributes,
            activationType: .float16,
            cacheType: .float16
        ).shape
        #expect(shape.headSize == 32 && shape.tokenCount == 5 && shape.sequenceCount == 2)
        #expect(shape.outputShape == TensorShape(5, 128))
    }

    @Test func `A packed call is valid`() {
        var call = Call()
        call.inputs.query = tensor(.float16, 5, 256)
        call.inputs.key = nil
        call.inputs.value = nil
        #expect(call.refusal() == nil)
    }

    @Test func `Rotary caches of different lengths have the positions of the shorter one`() {
        var call = Call()
        call.inputs.sineCache = tensor(.float16, 63, 16)
        #expect(call.refusal() == nil)
        let shape = RuleContext(
            inputs: call.inputs,
            attributes: call.attributes,
            activationType: .float16,
            cacheType: .float16
        ).shape
        #expect(shape.rotaryPositionCount == 63)
    }

    @Test(arguments: BrokenCall.all)
    func `A broken rule is named`(_ broken: BrokenCall) {
        var call = Call()
        broken.change(&call)
        let message = call.refusal() ?? call.refusal(ShapeRules.capacity)
        #expect(message?.contains(broken.fragment) == true, "\(message ?? "accepted")")
    }

    @Test func `Every rule is broken by some test`() {
        let rules = ShapeRules.all + ShapeRules.capacity
        let reached = BrokenCall.all.compactMap { broken -> Int? in
            var call = Call()
            broken.change(&call)
            let context = RuleContext(
                inputs: call.inputs,
                attributes: call.attributes,
                activationType: call.activation,
                cacheType: call.cache
            )
            return rules.firstIndex { !$0.holds(context) }
        }
        let missing = Set(rules.indices).subtracting(reached)
        #expect(missing.isEmpty, "rules without a test: \(missing.sorted())")
    }
}
