import Foundation
import PagedCUDA
import PagedCases

/// What `paged bench cuda` found, as JSON and as lines.
struct CUDAReport: Encodable {
    let date = Date.now.formatted(.iso8601)
    let device: String
    let architecture: String
    let multiprocessors: Int
    let memoryBytes: Int
    /// The newest CUDA that the driver knows, such as 12060.
    let driver: Int
    let compiler: String
    var check: CUDACheck?
    var timing: CUDATiming?

    init(_ device: CUDADevice, _ driver: CUDADriver) {
        self.device = device.name
        architecture = "\(device.architecture)"
        multiprocessors = device.multiprocessorCount
        memoryBytes = device.memory
        self.driver = driver.version
        switch RuntimeCompiler.system {
        case .success(let compiler): self.compiler = "NVRTC \(compiler.version)"
        case .failure(let error): compiler = "none: \(error)"
        }
    }

    var heading: String {
        "\(device) (\(architecture)), driver for CUDA \(driver / 1000).\(driver % 1000 / 10), "
            + "\(compiler), \(date)"
    }

    /// A line for a checked kernel.
    static func line(_ row: CUDACheck.Row) -> String {
        let outcome =
            row.problems.isEmpty
            ? "\(row.agreed) cases agree with the reference"
            : "\(row.problems.count) problems, the first: \(row.problems[0])"
        return "\(row.kernel): \(outcome); \(row.notServed) are not for it"
    }

    static let timingHeader = """
        | workload | kernel | µs | TB/s | TFLOP/s | of the copy speed |
        |---|---|---|---|---|---|
        """

    /// A line of the table for a timed kernel.
    static func line(_ row: CUDATiming.Row) -> String {
        let time = row.median
        let cells = [
            row.workload, row.kernel, String(format: "%.1f", time * 1e6),
            String(format: "%.2f", row.bytes / time / 1e12),
            String(format: "%.0f", row.operations / time / 1e12),
            String(format: "%.0f %%", 100 * row.copySeconds / time),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }
}
