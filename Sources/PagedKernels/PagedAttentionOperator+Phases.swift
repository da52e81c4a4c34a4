internal import PagedAttention

extension PagedAttentionOperator {
    /// Runs the phases of a call. Every write comes before any attention.
    func runKernel(
        _ functions: KernelFunctions,
        _ task: KernelTask,
        _ plan: CallPlan,
        _ shape: AttentionShape,
        _ executor: some ParallelExecutor
    ) {
        let work = WorkPlan(
            plan,
            shape,
            attributes,
            bitsPerElement: cacheFormat.bitCount,
            threadCount: executor.threadCount
        )
        let list = WorkList(work, groupSize: shape.groupSize)
        list.withTask(task, work, functions, pool) { task in
            if work.work < WorkPlan.serialLimit {
                runPhases(functions, task, list, SerialExecutor())
            } else {
                runPhases(functions, task, list, executor)
            }
        }
    }

    private func runPhases(
        _ functions: KernelFunctions,
        _ task: UnsafePointer<KernelTask>,
        _ list: WorkList,
        _ executor: some ParallelExecutor
    ) {
        let size = functions.scratchSize(task)
        write(functions, task, scratchSize: size, executor)
        WorkQueue.run(count: list.itemCount, on: executor, pool, scratchSize: size) {
            functions.attend(task, $0, $1)
        }
        WorkQueue.run(count: list.combinationCount, on: executor, pool, scratchSize: size) {
            functions.combine(task, $0, $1)
        }
    }

    /// Stores the keys and values of a call.
    private func write(
        _ functions: KernelFunctions,
        _ task: UnsafePointer<KernelTask>,
        scratchSize: Int,
        _ executor: some ParallelExecutor
    ) {
        let tokens = task.pointee.tokenCount
        let stretch = WorkPlan.tokensPerWrite
        let stretches = (tokens + stretch - 1) / stretch
        WorkQueue.run(count: stretches, on: executor, pool, scratchSize: scratchSize) {
            let first = $0 * stretch
            functions.write(task, first, min(stretch, tokens - first), $1)
        }
    }

    /// Stores the keys and values of a call of `SparsePagedAttention`, then attends.
    func runSparse(
        _ functions: KernelFunctions,
        _ task: KernelTask,
        _ sparse: SparseTask,
        _ executor: some ParallelExecutor
    ) {
        withUnsafePointer(to: sparse) { sparse in
            withUnsafePointer(to: task) { task in
                let size = functions.scratchSize(task)
                if WorkPlan.work(sparse) < WorkPlan.serialLimit {
                    runSparsePhases(functions, task, sparse, scratchSize: size, SerialExecutor())
                } else {
                    runSparsePhases(functions, task, sparse, scratchSize: size, executor)
                }
            }
        }
    }

    private func runSparsePhases(
        _ functions: KernelFunctions,
        _ task: UnsafePointer<KernelTask>,
        _ sparse: UnsafePointer<SparseTask>,
        scratchSize: Int,
        _ executor: some ParallelExecutor
    ) {
        write(functions, task, scratchSize: scratchSize, executor)
        let items = task.pointee.tokenCount * task.pointee.keyValueHeadCount
        WorkQueue.run(count: items, on: executor, pool, scratchSize: scratchSize) {
            functions.attendSparse(sparse, $0, $1)
        }
    }
}
