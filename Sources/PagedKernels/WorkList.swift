internal import PagedAttention

/// The items of a call in borrowed memory, ready for its task.
struct WorkList {
    private(set) var itemCount = 0
    private(set) var combinationCount = 0
    private var slotCount = 0
    private var rowsPerItem = 1
    private var rowsPerSlot = 0
    private var headsPerItem = 1

    /// Measures what a plan needs.
    init(_ plan: WorkPlan, groupSize: Int) {
        var list = self
        plan.forEach { item in
            let rows = Int(item.tokenCount) * groupSize
            list.itemCount += 1
            list.rowsPerItem = max(list.rowsPerItem, rows)
            list.headsPerItem = max(list.headsPerItem, Int(item.headCount))
            if item.slot >= 0 { list.slotCount += Int(item.headCount) }
            if item.slot >= 0 { list.rowsPerSlot = max(list.rowsPerSlot, rows) }
        } combine: { _ in
            list.combinationCount += 1
        }
        self = list
        // Slots hold padded rows: kernels pad to 1, 2, 4, 8 or a multiple of 12, as their scratch does.
        rowsPerSlot = (rowsPerSlot + 23) / 24 * 24
    }

    /// Calls `body` with the task, given its items, combinations and slots.
    func withTask(
        _ task: KernelTask,
        _ plan: WorkPlan,
        _ functions: KernelFunctions,
        _ pool: ScratchPool,
        _ body: (UnsafePointer<KernelTask>) -> Void
    ) {
        var task = task
        task.rowsPerItem = rowsPerItem
        task.headsPerItem = headsPerItem
        task.rowsPerSlot = rowsPerSlot
        let slotSize = withUnsafePointer(to: task) { functions.slotSize($0) }
        let listBytes = (itemCount + combinationCount) * MemoryLayout<KernelItem>.stride
        let aligned = (listBytes + 63) / 64 * 64
        pool.withMemory(byteCount: aligned + slotCount * slotSize) { memory in
            let items = memory.bindMemory(
                to: KernelItem.self,
                capacity: itemCount + combinationCount
            )
            let combinations = items + itemCount
            var (item, combination) = (0, 0)
            plan.forEach {
                items[item] = $0
                item += 1
            } combine: {
                combinations[combination] = $0
                combination += 1
            }
            task.items = UnsafePointer(items)
            task.combinations = UnsafePointer(combinations)
            task.slots = memory + aligned
            withUnsafePointer(to: task, body)
        }
    }
}
