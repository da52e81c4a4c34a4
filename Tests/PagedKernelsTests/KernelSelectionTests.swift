import PagedKernels
import Testing

@Suite("The choice of kernel families")
struct KernelSelectionTests {
    @Test("is all of them by default, the decoder only for calls that decode")
    func automatic() {
        let selection = KernelSelection.automatic
        let rest: [KernelFamily] = [.flashAttention, .efficientAttention, .math]
        #expect(selection.families(isDecodeShaped: true) == [.decoderAttention] + rest)
        #expect(selection.families(isDecodeShaped: false) == rest)
        #expect(selection == KernelSelection(sdpaKernel: 0))
    }

    @Test(
        "is exactly the bits of a positive number",
        arguments: [
            (1, [.flashAttention]), (2, [.efficientAttention]), (16, [.math]),
            (3, [.flashAttention, .efficientAttention]), (512 | 16, [.decoderAttention, .math]),
            (4 | 32 | 64 | 128 | 256 | 2, [.efficientAttention]),
            (8 | 2, [.cudnnFlashAttention, .efficientAttention]),
            (1024, []),
        ] as [(Int, [KernelFamily])]
    )
    func bits(number: Int, families: [KernelFamily]) {
        #expect(KernelSelection(sdpaKernel: number).families(isDecodeShaped: true) == families)
    }

    @Test("is what the environment leaves when the number is 0")
    func environment() {
        let off = [
            "ORT_DISABLE_FLASH_ATTENTION": "1",
            "ORT_DISABLE_MEMORY_EFFICIENT_ATTENTION": "true",
            "ORT_DISABLE_DECODER_ATTENTION": "0",
        ]
        let left = KernelSelection(environment: off).families(isDecodeShaped: true)
        #expect(left == [.decoderAttention, .math])
        let on = ["ORT_ENABLE_CUDNN_FLASH_ATTENTION": "1"]
        let more = KernelSelection(environment: on).families(isDecodeShaped: false)
        let all: [KernelFamily] = [
            .flashAttention, .cudnnFlashAttention, .efficientAttention, .math,
        ]
        #expect(more == all)
        let forced = KernelSelection(sdpaKernel: 1, environment: off)
        #expect(forced.families(isDecodeShaped: true) == [.flashAttention])
    }

    @Test(
        "reads switches as ONNX Runtime does, and every other integer as on",
        arguments: [
            ("0", false), ("1", true), ("2", true), ("-1", true), ("false", false), ("True", true),
            ("", false), ("yes", nil), (" 1", nil), ("1.0", nil),
        ] as [(String, Bool?)]
    )
    func switches(text: String, isOn: Bool?) {
        #expect(KernelSelection.isOn(text) == isOn)
    }

    @Test("says what there is when nothing is left")
    func refusals() {
        let nothing = KernelSelection(sdpaKernel: 4)
        #expect(nothing.isEmpty)
        #expect(
            nothing.refusal
                == "sdpa_kernel 4 selects no kernel that exists here; add one of "
                + "1 (FLASH_ATTENTION), 2 (EFFICIENT_ATTENTION), 8 (CUDNN_FLASH_ATTENTION), 16 (MATH), "
                + "512 (DECODER_ATTENTION), or use 0 for all of them"
        )
        let decoder = KernelSelection(sdpaKernel: 512)
        #expect(!decoder.isEmpty && decoder.families(isDecodeShaped: false).isEmpty)
        #expect(decoder.refusal.contains("at most as many tokens as sequences"))
    }
}
