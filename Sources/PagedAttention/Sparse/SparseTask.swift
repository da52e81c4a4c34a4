/// Everything that a kernel needs for one call of `SparsePagedAttention`; see ``KernelTask``.
package struct SparseTask {
    /// The call as `PagedAttention` sees it, without scales: candidates are brought to their values
    /// before they are attended to.
    package let task: KernelTask
    /// The scales of the paged cache.
    package let keyScale: KernelScale
    package let valueScale: KernelScale
    /// The selected entries and how many columns a token has.
    package let selectedIndices: UnsafePointer<Int32>
    package let selectedCounts: UnsafePointer<Int32>
    package let selectedColumns: Int
    /// Whether the positions that `PagedAttention` attends to are candidates.
    package let isLocal: Bool
    /// The auxiliary tensors; nil when entries are positions. Values are keys where they are shared.
    package let auxiliaryKey: UnsafeRawPointer?
    package let auxiliaryValue: UnsafeRawPointer?
    package let auxiliaryLengths: UnsafePointer<Int32>?
    package let auxiliaryCapacity: Int
    package let auxiliaryHeadCount: Int

    /// A task over the tensors of a valid call.
    package init(task: KernelTask, inputs: SparseInputs, selection: SparseSelection) {
        keyScale = task.tensors.keyScale
        valueScale = task.tensors.valueScale
        self.task = task.withoutScales
        selectedIndices = UnsafePointer(inputs.selectedIndices.integers)
        selectedCounts = UnsafePointer(inputs.selectedCounts.integers)
        selectedColumns = inputs.selectedIndices.shape[1]
        isLocal = selection.mode == .localPlusSelected
        auxiliaryKey = inputs.auxiliaryKey.map { UnsafeRawPointer($0.base) }
        auxiliaryValue = inputs.auxiliaryValue.map { UnsafeRawPointer($0.base) } ?? auxiliaryKey
        auxiliaryLengths = inputs.auxiliaryLengths?.integers
        auxiliaryCapacity = inputs.auxiliaryKey?.shape[1] ?? 0
        auxiliaryHeadCount = inputs.auxiliaryKey?.shape[2] ?? 1
    }
}
