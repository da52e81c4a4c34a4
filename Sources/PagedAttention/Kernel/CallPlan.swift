/// The numbers of one call that are derived from tensor values, in borrowed memory.
package struct CallPlan {
    /// Sanitised starts of the sequences, and the token count (sequences + 1).
    package let starts: UnsafeMutablePointer<Int32>
    /// Sanitised past lengths; -1 marks an invalid sequence.
    package let past: UnsafeMutablePointer<Int32>
    /// The end of the memory.
    package let items: UnsafeMutablePointer<KernelItem>

    /// A plan in `memory` of at least `byteCount(sequenceCount:)` bytes; its values are not set.
    package init(memory: UnsafeMutableRawPointer, sequenceCount: Int) {
        starts = memory.assumingMemoryBound(to: Int32.self)
        past = starts + sequenceCount + 1
        items = UnsafeMutableRawPointer(past + sequenceCount)
            .assumingMemoryBound(to: KernelItem.self)
    }

    /// The memory that the plan of a call takes.
    package static func byteCount(sequenceCount: Int) -> Int {
        (2 * sequenceCount + 1) * MemoryLayout<Int32>.size
    }
}
