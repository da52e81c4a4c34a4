package import PagedAttention

/// This module's kernels: one set of entry points for every pair of activation and cache type, which
/// the task names.
///
/// Entry points are not generic: everything that they call is inlined or specialised in this module,
/// so that no code with this module's instructions can be shared with another module's.
package enum Kernels {
    package static func functions() -> KernelFunctions {
        KernelFunctions(
            write: { writeTokens(task($0), $1, $2, $3) },
            attend: { attendItem(task($0), $1, $2) },
            combine: { combineItem(task($0), $1, $2) },
            attendSparse: {
                attendSparseItem($0.assumingMemoryBound(to: SparseTask.self), $1, $2)
            },
            scratchSize: { Scratch.byteCount(task($0)) },
            slotSize: { slotSize(task($0)) }
        )
    }

    /// The entry points of `MatMulNBits`.
    package static func products() -> MatMulNBitsFunctions {
        MatMulNBitsFunctions(
            quantise: { quantiseRow(product($0), $1, $2) },
            multiply: { multiplyItem(product($0), $1, $2) },
            scratchSize: { ProductTile.byteCount(product($0)) }
        )
    }
}

@inline(__always)
private func product(_ address: UnsafeRawPointer) -> UnsafePointer<MatMulNBitsTask> {
    address.assumingMemoryBound(to: MatMulNBitsTask.self)
}

@inline(__always)
private func task(_ address: UnsafeRawPointer) -> UnsafePointer<KernelTask> {
    address.assumingMemoryBound(to: KernelTask.self)
}
