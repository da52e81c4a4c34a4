/// Why something on a GPU cannot be done, in the driver's own words where there are some.
package struct CUDAError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    package enum Kind: Equatable, Sendable {
        /// A library or one of its symbols is not there.
        case unavailable
        /// No code for a kernel can be had.
        case noCode
        /// The driver refused a call, with this number.
        case driver(Int32)
    }

    /// What kind it is.
    package let kind: Kind
    /// What was asked for, what was said, and what to do.
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// What to do about a number of the driver.
    static func advice(_ code: Int32) -> String {
        switch code {
        case 2: "free device memory, or use a smaller cache or shorter prompts"
        case 35, 803, 804: "install a driver that is as new as the GPU and its libraries need"
        case 100, 101: "see `nvidia-smi` and the variable CUDA_VISIBLE_DEVICES"
        case 200, 209, 218, 222: "install NVRTC, or a newer driver"
        case 221: "install NVRTC, or the driver's library libnvidia-ptxjitcompiler"
        case 700...720: "what this process has on the GPU is lost: start it again"
        case 900...909: "run the call once before its stream is captured"
        default: "see the documentation of the CUDA driver API"
        }
    }
}
