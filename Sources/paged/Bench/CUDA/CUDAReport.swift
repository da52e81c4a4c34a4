import Foundation
import PagedCUDA
import PagedCases

/// Writes what `paged bench cuda` finds, as soon as it is found: for people, and as lines of JSON.
struct CUDAReport {
    private let machine: Machine
    private let file: FileHandle?

    /// What was found with.
    private struct Machine: Encodable {
        let kind = "machine"
        let date = Date.now.formatted(.iso8601)
        let device: String
        let architecture: String
        let multiprocessors: Int
        let memoryBytes: Int
        /// The newest CUDA that the driver knows, such as 12060.
        let driver: Int
        let compiler: String
    }

    private struct Line<Result: Encodable>: Encodable {
        let kind: String
        let result: Result
    }

    private struct Failure: Encodable {
        let identifier: String
        let failure: String
    }

    private struct Kernel: Encodable {
        let name: String
        let form: String
        let isOnTrial: Bool
    }

    private struct List: Encodable {
        let machine: Machine
        let kernels: [Kernel]
        let workloads: [CUDAWorkload]
    }

    /// - Parameter path: the file that lines are added to, if any.
    init(_ device: CUDADevice, _ driver: CUDADriver, _ path: String?) throws {
        let compiler =
            switch RuntimeCompiler.system(for: device) {
            case .success(let compiler): "NVRTC \(compiler.version)"
            case .failure(let error): "none: \(error)"
            }
        machine = Machine(
            device: device.name,
            architecture: "\(device.architecture)",
            multiprocessors: device.multiprocessorCount,
            memoryBytes: device.memory,
            driver: driver.version,
            compiler: compiler
        )
        guard let path else {
            file = nil
            return
        }
        if !FileManager.default.fileExists(atPath: path) {
            try Data().write(to: URL(fileURLWithPath: path))
        }
        file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file?.seekToEnd()
    }

    /// Prints everything that there is to check and to time, as one JSON object.
    func printList(_ kernels: [CUDAKernel], _ workloads: [CUDAWorkload]) throws {
        let list = List(
            machine: machine,
            kernels: kernels.map {
                Kernel(name: $0.name, form: $0.form.rawValue, isOnTrial: $0.isOnTrial)
            },
            workloads: workloads
        )
        print(String(decoding: try Self.encoder.encode(list), as: UTF8.self))
    }

    /// The machine.
    func begin() throws {
        say(
            "\(machine.device) (\(machine.architecture)), driver for CUDA "
                + "\(machine.driver / 1000).\(machine.driver % 1000 / 10), \(machine.compiler), "
                + machine.date
        )
        try write(machine)
    }

    /// A checked kernel.
    func add(_ row: CUDACheck.Row) throws {
        let outcome =
            if let reason = row.noCode {
                "not checked, \(reason)"
            } else if row.problems.isEmpty {
                "\(row.agreed) cases agree with the reference"
            } else {
                "\(row.problems.count) problems, the first: \(row.problems[0])"
            }
        var rest = row.leftOut > 0 ? ", no time for \(row.leftOut)" : ""
        if row.noCode == nil, row.withoutCode > 0 { rest += ", no code for \(row.withoutCode)" }
        say("\(row.kernel): \(outcome); \(row.notServed) are not for it\(rest)")
        try write(Line(kind: "check", result: row))
    }

    /// The speed of copies.
    func add(copyBytesPerSecond: [Double]) throws {
        let speed = (copyBytesPerSecond.median ?? 0) / 1e12
        say(String(format: "\nCopies move %.2f TB/s, reads and writes together.", speed))
        say("| workload | kernel | µs | launched | TB/s | TFLOP/s | differs by |")
        say("|---|---|---|---|---|---|---|")
        try write(Line(kind: "copy", result: copyBytesPerSecond))
    }

    /// A timed workload; nothing where it was not for the kernels that it is about.
    func add(_ workload: CUDAWorkload, _ row: CUDATiming.Row?) throws {
        guard let row else { return try write(workload, failure: "not chosen") }
        let launched = row.launchSeconds.median ?? 0
        let cells = [
            workload.identifier, row.kernel, String(format: "%.1f", row.median * 1e6),
            String(format: "%.1f", launched * 1e6),
            String(format: "%.2f", workload.bytes / row.median / 1e12),
            String(format: "%.0f", workload.operations / row.median / 1e12),
            row.difference.map { String(format: "%.1e", $0) } ?? "-",
        ]
        say("| " + cells.joined(separator: " | ") + " |")
        try write(Line(kind: "time", result: row))
    }

    /// A workload for which there are no kernels here.
    func add(_ workload: CUDAWorkload, failure: CUDAError) throws {
        say("| \(workload.identifier) | \(failure) |")
        try write(workload, failure: failure.description)
    }

    private func write(_ workload: CUDAWorkload, failure: String) throws {
        let result = Failure(identifier: workload.identifier, failure: failure)
        try write(Line(kind: "time", result: result))
    }

    private func say(_ text: String) {
        print(text)
        fflush(nil)
    }

    private func write(_ value: some Encodable) throws {
        try file?.write(contentsOf: Self.encoder.encode(value) + Data("\n".utf8))
    }

    /// NaN is no number of JSON, but a kernel may give one.
    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        return encoder
    }()
}
