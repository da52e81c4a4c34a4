/// How a quantised cache is scaled; raw values are those of `k_quant_type` and `v_quant_type`.
public enum QuantizationType: String, Sendable, CaseIterable {
    /// Not quantised.
    case none = "NONE"
    /// One scale for the tensor.
    case perTensor = "PER_TENSOR"
    /// One scale for each head and channel.
    case perChannel = "PER_CHANNEL"
}
