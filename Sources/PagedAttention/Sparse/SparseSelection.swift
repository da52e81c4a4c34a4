/// What a query of `SparsePagedAttention` attends to: the attributes that `PagedAttention` does not
/// have.
public struct SparseSelection: Equatable, Sendable {
    /// `attention_mode`.
    public enum Mode: String, Sendable, CaseIterable {
        /// The selected entries alone.
        case selectedOnly = "selected_only"
        /// The positions that `PagedAttention` would attend to, and the selected entries.
        case localPlusSelected = "local_plus_selected"
    }

    /// `selected_kv_source`.
    public enum Source: String, Sendable, CaseIterable {
        /// Selected entries are positions of the sequence, in the paged cache.
        case main
        /// Selected entries are rows of the auxiliary tensors.
        case auxiliary
    }

    /// `attention_mode`.
    public var mode = Mode.selectedOnly
    /// `selected_kv_source`.
    public var source = Source.main
    /// `auxiliary_kv_shared`: whether auxiliary keys are their own values.
    public var isAuxiliaryShared = false

    /// The operator's defaults.
    public init() {}
}

/// The tensors of one call of `SparsePagedAttention`, in the operator's words.
///
/// Shapes, with T tokens, B sequences, K key and value heads and head size H:
///
///     selectedIndices  (T, most selected)      selectedCounts    (T)
///     auxiliaryKey, auxiliaryValue  (B, capacity, 1 or K, H)     auxiliaryLengths  (B)
///     metadata  (5)
public struct SparseInputs {
    /// The tensors that `PagedAttention` has too, without its metadata.
    public var attention: AttentionInputs
    /// The entries that each token selects; negative ones select nothing.
    public var selectedIndices: TensorView
    /// How many entries of its row each token selects.
    public var selectedCounts: TensorView
    /// Keys outside the paged cache, in the type of the query.
    public var auxiliaryKey: TensorView?
    /// Values outside the paged cache; absent when the keys are their own values.
    public var auxiliaryValue: TensorView?
    /// How many auxiliary rows each sequence has.
    public var auxiliaryLengths: TensorView?
    /// `attention_metadata`: five bounds; 0 unknown.
    public var metadata: TensorView?

    /// The required tensors; the others are nil until set.
    public init(
        attention: AttentionInputs,
        selectedIndices: TensorView,
        selectedCounts: TensorView
    ) {
        self.attention = attention
        self.selectedIndices = selectedIndices
        self.selectedCounts = selectedCounts
    }
}
