package import PagedAttention

/// This module's kernels, one function for each pair of activation and cache type.
///
/// Entry points are not generic: everything that they call is inlined or specialised in this module,
/// so that no code with this module's instructions can be shared with another module's.
package enum Kernels {
    package static func float32() -> KernelFunctions {
        KernelFunctions(
            write: { writeTokens(Float32Format.self, Float32Format.self, task($0), $1, $2, $3) },
            attend: { attendItem(Float32Format.self, Float32Format.self, task($0), $1, $2) },
            scratchSize: { Scratch.byteCount(task($0)) }
        )
    }

    package static func float32WithFloat16Cache() -> KernelFunctions {
        KernelFunctions(
            write: { writeTokens(Float32Format.self, Float16Format.self, task($0), $1, $2, $3) },
            attend: { attendItem(Float32Format.self, Float16Format.self, task($0), $1, $2) },
            scratchSize: { Scratch.byteCount(task($0)) }
        )
    }

    package static func float16() -> KernelFunctions {
        KernelFunctions(
            write: { writeTokens(Float16Format.self, Float16Format.self, task($0), $1, $2, $3) },
            attend: { attendItem(Float16Format.self, Float16Format.self, task($0), $1, $2) },
            scratchSize: { Scratch.byteCount(task($0)) }
        )
    }

    package static func bfloat16() -> KernelFunctions {
        KernelFunctions(
            write: { writeTokens(BFloat16Format.self, BFloat16Format.self, task($0), $1, $2, $3) },
            attend: { attendItem(BFloat16Format.self, BFloat16Format.self, task($0), $1, $2) },
            scratchSize: { Scratch.byteCount(task($0)) }
        )
    }
}

@inline(__always)
private func task(_ address: UnsafeRawPointer) -> UnsafePointer<KernelTask> {
    address.assumingMemoryBound(to: KernelTask.self)
}
