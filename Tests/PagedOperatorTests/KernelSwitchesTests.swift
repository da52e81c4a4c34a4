import PagedKernels
import PagedOperator
import Testing

@Suite("The switches outside a model")
struct KernelSwitchesTests {
    @Test("choose nothing when nobody sets them")
    func unset() throws {
        let switches = try KernelSwitches(option: nil, environment: [:])
        #expect(switches.selection == .automatic)
        #expect(!switches.reportsKernels)
    }

    @Test("are the option, then the environment")
    func order() throws {
        let environment = [
            "ORT_DISABLE_FLASH_ATTENTION": "1", "ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO": "1",
        ]
        let forced = try KernelSwitches(option: ("key", "1"), environment: environment)
        #expect(forced.selection == KernelSelection(sdpaKernel: 1))
        #expect(forced.reportsKernels)
        let automatic = try KernelSwitches(option: ("key", "0"), environment: environment)
        #expect(automatic.selection == KernelSelection(environment: environment))
    }

    @Test(
        "are refused with key, value and what is allowed",
        arguments: ["", "flash", "-1", "1024", "3.0", "99999999999999999999"]
    )
    func malformed(value: String) {
        let error = #expect(throws: OnnxRuntimeError.self) {
            try KernelSwitches(option: ("a.key", value), environment: [:])
        }
        #expect(error?.code == 2)
        #expect(
            error?.message
                == "PagedAttention: option a.key must be an integer from 0 to 1023, a sum of "
                + "1 (FLASH_ATTENTION), 2 (EFFICIENT_ATTENTION), "
                + "8 (CUDNN_FLASH_ATTENTION), 16 (MATH), 512 (DECODER_ATTENTION), or 0 for all of them; got '\(value)'"
        )
    }

    @Test("are refused when a variable is no switch, and when nothing is left")
    func refused() {
        let variable = #expect(throws: OnnxRuntimeError.self) {
            try KernelSwitches(option: nil, environment: ["ORT_DISABLE_FLASH_ATTENTION": "maybe"])
        }
        #expect(
            variable?.message
                == "PagedAttention: environment variable ORT_DISABLE_FLASH_ATTENTION must be 0 or "
                + "1, got 'maybe'"
        )
        let nothing = #expect(throws: OnnxRuntimeError.self) {
            try KernelSwitches(option: ("a.key", "4"), environment: [:])
        }
        #expect(nothing?.message.contains("sdpa_kernel 4 selects no kernel") == true)
    }
}
