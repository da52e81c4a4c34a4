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
    /// `(task)`: the scratch memory, in bytes, that a call of either function uses.
    package typealias ScratchSize = @convention(c) (UnsafeRawPointer) -> Int

    /// `(task, item, scratch)`: like `Attend`, for `SparsePagedAttention`. `task` points to a
    /// `SparseTask`; an item is a key and value head of a token.
    package typealias AttendSparse = Attend

    /// Stores the keys and values of some tokens. Tokens may be processed in any order.
    package let write: Write
    /// Attends for one work item. Items may be processed in any order, after every write.
    package let attend: Attend
    /// Attends for one item of `SparsePagedAttention`.
    package let attendSparse: AttendSparse
    /// Scratch memory for each thread.
    package let scratchSize: ScratchSize

    /// The entry points of one kernel.
    package init(
        write: @escaping Write,
        attend: @escaping Attend,
        attendSparse: @escaping AttendSparse,
        scratchSize: @escaping ScratchSize
    ) {
        self.write = write
        self.attend = attend
        self.attendSparse = attendSparse
        self.scratchSize = scratchSize
    }
}
