/// How much ONNX Runtime changes a graph before it runs it, as configuration files spell it.
package enum GraphOptimizationLevel: String, CaseIterable, Sendable {
    case disabled = "ORT_DISABLE_ALL"
    case basic = "ORT_ENABLE_BASIC"
    case extended = "ORT_ENABLE_EXTENDED"
    case layout = "ORT_ENABLE_LAYOUT"
    case all = "ORT_ENABLE_ALL"

    /// The number in ONNX Runtime's C interface.
    var native: Int32 {
        switch self {
        case .disabled: 0
        case .basic: 1
        case .extended: 2
        case .layout: 3
        case .all: 99
        }
    }
}
