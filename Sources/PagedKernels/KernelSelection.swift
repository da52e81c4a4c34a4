/// Which families of kernels may serve a node.
///
///     KernelSelection(sdpaKernel: 16).families(isDecodeShaped: true)  // [.math]
///     KernelSelection(environment: ["ORT_DISABLE_FLASH_ATTENTION": "1"])  // all but one
///
/// A positive `sdpa_kernel` enables exactly its bits, whatever the environment says. Bits of
/// families that are not there are accepted and serve nothing.
public struct KernelSelection: Equatable, Sendable {
    /// Every family that is on without being asked for.
    public static let automatic = KernelSelection()

    /// The numbers that `sdpa_kernel` may have: 0 for automatic, or a sum of families.
    public static let allowedNumbers = 0...1023

    private let sdpaKernel: Int
    private let enabled: Set<KernelFamily>

    /// Decides which families are enabled.
    ///
    /// - Parameters:
    ///   - sdpaKernel: a sum of ``KernelFamily`` numbers; 0 and below let the environment decide.
    ///   - environment: variables by name; those of ``KernelFamily/disablingVariable`` and
    ///     ``KernelFamily/enablingVariable`` are read.
    public init(sdpaKernel: Int = 0, environment: [String: String] = [:]) {
        self.sdpaKernel = max(sdpaKernel, 0)
        enabled = Set(
            KernelFamily.allCases.filter { family in
                if sdpaKernel > 0 { return sdpaKernel & family.rawValue != 0 }
                func isSet(_ variable: String?) -> Bool {
                    variable.flatMap { environment[$0] }.flatMap(Self.isOn) == true
                }
                return !isSet(family.disablingVariable)
                    && (family.enablingVariable == nil || isSet(family.enablingVariable))
            }
        )
    }

    /// Whether no call at all can be served.
    public var isEmpty: Bool { enabled.isEmpty }

    /// The enabled families that may serve a call, the preferred one first.
    ///
    /// - Parameter isDecodeShaped: whether the call has at most as many tokens as sequences.
    public func families(isDecodeShaped: Bool) -> [KernelFamily] {
        let order: [KernelFamily] = [
            .decoderAttention, .flashAttention, .cudnnFlashAttention, .efficientAttention, .math,
        ]
        return order.filter {
            enabled.contains($0) && (isDecodeShaped || $0 != .decoderAttention)
        }
    }

    /// What to say where ``families(isDecodeShaped:)`` is empty: what was asked for, and what there
    /// is.
    public var refusal: String {
        let known = KernelFamily.allCases.map { "\($0.rawValue) (\($0.name))" }
        let reason =
            !enabled.contains(.decoderAttention)
            ? "selects no kernel that exists here"
            : "selects only DECODER_ATTENTION, which serves calls with at most as many tokens as "
                + "sequences"
        return "sdpa_kernel \(sdpaKernel) \(reason); add one of \(known.joined(separator: ", ")), "
            + "or use 0 for all of them"
    }

    /// The value of a switch in the environment, as ONNX Runtime writes it: 0 or false, 1 or true;
    /// every other integer is on too. Nil if it is none of these.
    public static func isOn(_ text: String) -> Bool? {
        switch text {
        case "false", "False", "": false
        case "true", "True": true
        default: Int(text).map { $0 != 0 }
        }
    }
}
