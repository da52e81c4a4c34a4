internal import PagedAttention
package import PagedKernels

/// What a user sets outside the model: which kernels may serve, and whether to say which one did.
package struct KernelSwitches: Equatable, Sendable {
    /// The families of kernels that may serve.
    package let selection: KernelSelection
    /// Whether every node prints the kernels that serve it.
    package let reportsKernels: Bool

    /// Reads the switches.
    ///
    /// - Parameters:
    ///   - option: the key under which `sdpa_kernel` was set, and its value; nil if it was not.
    ///   - environment: variables by name.
    /// - Throws: an invalid argument that names the key, the value and what is allowed.
    package init(
        option: (key: String, value: String)?,
        environment: [String: String]
    ) throws(OnnxRuntimeError) {
        for (name, value) in environment where KernelSelection.isOn(value) == nil {
            throw OnnxRuntimeError(
                .invalidArgument(
                    "PagedAttention: environment variable \(name) must be 0 or 1, got '\(value)'"
                )
            )
        }
        let number = try option.map(Self.number) ?? 0
        selection = KernelSelection(sdpaKernel: number, environment: environment)
        reportsKernels =
            environment[Environment.reportVariable].flatMap(KernelSelection.isOn) ?? false
        if selection.isEmpty {
            throw OnnxRuntimeError(.invalidArgument("PagedAttention: \(selection.refusal)"))
        }
    }

    private static func number(
        _ option: (key: String, value: String)
    ) throws(OnnxRuntimeError) -> Int {
        let allowed = KernelSelection.allowedNumbers
        guard let number = Int(option.value), allowed.contains(number) else {
            let families = KernelFamily.allCases.map { "\($0.rawValue) (\($0.name))" }
            throw OnnxRuntimeError(
                .invalidArgument(
                    "PagedAttention: option \(option.key) must be an integer from "
                        + "\(allowed.lowerBound) to \(allowed.upperBound), a sum of "
                        + "\(families.joined(separator: ", ")), or 0 for all of them; got "
                        + "'\(option.value)'"
                )
            )
        }
        return number
    }
}
