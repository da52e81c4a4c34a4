import Dispatch
import PagedAttention
import PagedCases
import PagedKernels
import Synchronization
import Testing

/// The operator around its kernels.
@Suite struct OperatorTests {
    private func refusal(
        _ c: AttentionCase = AttentionCase(),
        _ change: (inout AttentionInputs) -> Void
    ) throws -> OperatorError? {
        let tensors = CaseTensors(c)
        let attention = try PagedAttentionOperator(
            attributes: c.attributes,
            activationType: c.activation,
            cacheType: c.cache
        )
        return tensors.withInputs { inputs in
            var inputs = inputs
            change(&inputs)
            do throws(OperatorError) {
                let shape = try attention.shape(of: inputs)
                try attention.run(
                    shape,
                    inputs,
                    output: tensors.output.view,
                    executor: SerialExecutor()
                )
                return nil
            } catch {
                return error
            }
        }
    }

    @Test func `A call without tokens does nothing`() throws {
        let c = AttentionCase(lengths: [.init(past: 3, new: 0), .init(past: 0, new: 0)])
        let tensors = CaseTensors(c)
        let before = tensors.result
        #expect(try tensors.run(c) == before)
    }

    @Test func `Features without a kernel are refused by name`() {
        let plain = AttentionAttributes(headCount: 1, keyValueHeadCount: 1)
        for (activation, cache) in [
            (ElementType.float16, ElementType.uint8), (.float16, .bfloat16), (.int32, .float32),
        ] {
            #expect(throws: OperatorError.self) {
                try PagedAttentionOperator(
                    attributes: plain,
                    activationType: activation,
                    cacheType: cache
                )
            }
        }
    }

    @Test func `More query heads for a key head than scratch memory is for are refused`() {
        let wide = AttentionAttributes(headCount: 1 << 30, keyValueHeadCount: 1)
        let error = #expect(throws: OperatorError.self) {
            try PagedAttentionOperator(
                attributes: wide,
                activationType: .float16,
                cacheType: .float16
            )
        }
        let text = "num_heads / kv_num_heads of 1073741824 is not implemented; at most 1024 is"
        #expect(error == .notImplemented(text))
    }

    @Test func `The shorter of the two rotary caches counts`() throws {
        let c = AttentionCase(lengths: [.init(past: 30, new: 3)], rotary: .half)
        var tensors = CaseTensors(c)
        tensors.sine = Tensor(.float32, TensorShape(32, 32)) { _ in 0 }
        let error = #expect(throws: OperatorError.self) { try tensors.run(c) }
        #expect(error?.message.contains("32 positions, but a token has position 32") == true)
    }

    @Test func `A negative metadata value is refused`() throws {
        for values in [[-1, 4], [4, -1], [1, 256, -1], [1, 128, 129], [1, 0, 257]] as [[Int32]] {
            let metadata = Tensor(values)
            let error = try refusal { $0.attentionMetadata = metadata.view }
            let expected = values.contains(-1) ? "must be non-negative" : "must not exceed"
            #expect(error?.message.contains(expected) == true, "\(values)")
            withExtendedLifetime(metadata) {}
        }
        let loose = Tensor([0, 4096, 0])
        #expect(try refusal { $0.attentionMetadata = loose.view } == nil)
        withExtendedLifetime(loose) {}
    }

    @Test func `Rotary caches that are too short are refused before anything is written`() throws {
        let c = AttentionCase(lengths: [.init(past: 30, new: 3)], rotary: .half)
        var tensors = CaseTensors(c)
        tensors.cosine = Tensor(.float32, TensorShape(32, 32)) { _ in 1 }
        tensors.sine = Tensor(.float32, TensorShape(32, 32)) { _ in 0 }
        let before = tensors.result
        let error = #expect(throws: OperatorError.self) { try tensors.run(c) }
        #expect(error?.message.contains("32 positions, but a token has position 32") == true)
        #expect(tensors.result == before)
    }

    @Test func `A cache without blocks is refused when there are tokens`() throws {
        let empty = Tensor(.float32, TensorShape(0, 16, 2, 64))
        let error = try refusal {
            $0.keyCache = empty.view
            $0.valueCache = empty.view
        }
        #expect(error?.message.contains("requires at least one physical cache block") == true)
        withExtendedLifetime(empty) {}
    }

    @Test func `An output of another shape is refused`() throws {
        let c = AttentionCase()
        var tensors = CaseTensors(c)
        tensors.output = Tensor(.float32, TensorShape(4, 256))
        let error = #expect(throws: OperatorError.self) { try tensors.run(c) }
        #expect(error?.message.contains("output must be") == true)
    }

    @Test func `Calls at the same time on one operator do not disturb each other`() throws {
        let cases = (1...8).map { seed in
            AttentionCase(
                headSize: seed % 2 == 0 ? 64 : 128,
                lengths: [.init(past: 50 * seed, new: 20)],
                seed: UInt64(seed)
            )
        }
        let attention = try PagedAttentionOperator(
            attributes: cases[0].attributes,
            activationType: .float32,
            cacheType: .float32
        )
        let wrong = Atomic(0)
        let expected = try cases.map { try CaseTensors($0).run($0).output }
        DispatchQueue.concurrentPerform(iterations: 64) { index in
            let tensors = CaseTensors(cases[index % 8])
            let isDone: Void? = tensors.withInputs { inputs in
                try? attention.run(
                    attention.shape(of: inputs),
                    inputs,
                    output: tensors.output.view,
                    executor: ConcurrentExecutor()
                )
            }
            if isDone == nil || tensors.output.bytes != expected[index % 8] {
                wrong.wrappingAdd(1, ordering: .relaxed)
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }
}
