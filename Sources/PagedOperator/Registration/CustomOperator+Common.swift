internal import COnnxRuntime

extension ort_custom_operator {
    /// Says what all our operators have in common: every version, the processor, nothing variadic.
    mutating func describeCommon() {
        version = OnnxRuntimeTable.oldestVersion
        execution_provider = { _ in nil }
        input_memory = { _, _ in Int32(ORT_DEFAULT_MEMORY) }
        variadic_input_minimum = { _ in 0 }
        variadic_input_is_homogeneous = { _ in 0 }
        variadic_output_minimum = { _ in 0 }
        variadic_output_is_homogeneous = { _ in 0 }
        start_version = { _ in 1 }
        end_version = { _ in Int32.max }
    }
}
