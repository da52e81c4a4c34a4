/// The entry points of a kernel, as one instruction set's module hands them out.
///
/// They are C function pointers over addresses, so that no Swift type or generic code crosses
/// between modules that are compiled for different instruction sets. `task` points to a
/// `KernelTask`.
package struct KernelFunctions: Sendable {
    /// `(task, first token, token count, scratch)`: prepares keys and stores keys and values.
    package typealias Write =
        @convention(c) (
            UnsafeRawPointer, Int, Int, UnsafeMutableRawPointer
        ) -> Void
    /// `(task, item, scratch)`: the attention of one work item.
    package typealias Attend =
        @convention(c) (
            UnsafeRawPointer, Int, UnsafeMutableRawPointer
        ) -> Void
    /// `(task, index, scratch)`: adds up what the items of a sequence's parts have left in their slots.
    package typealias Combine = Attend
    /// `(task)`: bytes of the scratch memory that a call of these functions uses, or of a slot.
    package typealias Size = @convention(c) (UnsafeRawPointer) -> Int

    /// `(task, item, scratch)`: like `Attend`, for `SparsePagedAttention`. `task` points to a
    /// `SparseTask`; an item is a key and value head of a token.
    package typealias AttendSparse = Attend

    /// Stores the keys and values of some tokens. Tokens may be processed in any order.
    package let write: Write
    /// Attends for one work item. Items may be processed in any order, after every write.
    package let attend: Attend
    /// Attends for one item of `SparsePagedAttention`.
    package let attendSparse: AttendSparse
    /// Adds up one of the task's combinations, after every item that attends.
    package let combine: Combine
    /// Scratch memory for each thread.
    package let scratchSize: Size
    /// Memory for each slot.
    package let slotSize: Size

    /// The entry points of one kernel.
    package init(
        write: @escaping Write,
        attend: @escaping Attend,
        combine: @escaping Combine,
        attendSparse: @escaping AttendSparse,
        scratchSize: @escaping Size,
        slotSize: @escaping Size
    ) {
        self.write = write
        self.attend = attend
        self.attendSparse = attendSparse
        self.combine = combine
        self.scratchSize = scratchSize
        self.slotSize = slotSize
    }
}
