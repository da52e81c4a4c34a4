import ArgumentParser
import Foundation
import PagedAttention
import PagedCUDA
import PagedCases

/// `paged bench cuda`: the CUDA kernels on this machine's GPU, checked and timed.
struct BenchCUDACommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cuda",
        abstract: "Check the CUDA kernels against the reference on this GPU, then time them.",
        discussion: """
            Every kernel gets the cases of the tests with fresh numbers, and has to agree with \
            the reference in Double, computed on the CPU, under the tests' bounds. Then decodes and \
            prompts are timed by the GPU's clock, with caches of many layers so that they come \
            from memory, beside the speed at which the GPU copies memory. Ends with status 1 where \
            there is no GPU, or a kernel disagrees. `Scripts/gpu.sh` runs it in parts.
            """
    )

    @Option(help: "The GPU, by its place in the driver's list.")
    var device = 0

    @Option(help: "The seed of the numbers; a new one each time unless given.")
    var seed = UInt64.random(in: 1...999_999)

    @Option(help: "Measured rounds.")
    var rounds = 25

    @Flag(help: "Print what would be checked and timed here as JSON, and do nothing.")
    var list = false

    @Option(parsing: .upToNextOption, help: "Check these kernels only, by name.")
    var kernels: [String] = []

    @Option(parsing: .upToNextOption, help: "Time these workloads only, by identifier.")
    var workloads: [String] = []

    @Option(help: "Check no more cases after so many seconds.")
    var checkSeconds: Int?

    @Flag(help: "A few cases for each kernel and small workloads, for sanitizers and emulators.")
    var small = false

    @Flag(help: "Use the PTX that comes along only, as on a machine without NVRTC.")
    var ptx = false

    @Flag(help: "Leave out the check.")
    var noCheck = false

    @Flag(help: "Leave out the times.")
    var noTimes = false

    @Option(help: "A file to which every result is added as a line of JSON as soon as it is there.")
    var results: String?

    func run() throws {
        let driver = try CUDADriver.system.get()
        let device = try CUDADevice(driver, ordinal: device)
        let (checked, timed) = try selected(on: device)
        let report = try CUDAReport(device, driver, results)
        if list { return try report.printList(checked, timed) }
        try report.begin()
        let library =
            ptx
            ? KernelLibrary(device, compiler: RuntimeCompiler.none, cache: nil)
            : KernelLibrary(device)
        let stream = try CUDAStream(device)
        let isGood = noCheck ? true : try check(checked, stream, library, report)
        if !noTimes { try time(timed, stream, library, report) }
        if !isGood { throw ExitCode.failure }
    }

    /// What the options select of what the device can run.
    private func selected(on device: CUDADevice) throws -> ([CUDAKernel], [CUDAWorkload]) {
        let allKernels = CUDAKernelList.all.filter {
            $0.form != .prologue && $0.runs(on: device.architecture)
        }
        let allWorkloads = CUDAWorkload.list(
            small ? CUDAWorkload.small : CUDAWorkload.all,
            for: device.architecture
        )
        let known = Set(allKernels.map(\.name) + allWorkloads.map(\.identifier))
        if let unknown = (kernels + workloads).first(where: { !known.contains($0) }) {
            throw ValidationError("'\(unknown)' is none of those that --list prints")
        }
        return (
            allKernels.filter { kernels.isEmpty || kernels.contains($0.name) },
            allWorkloads.filter { workloads.isEmpty || workloads.contains($0.identifier) }
        )
    }

    private func check(
        _ kernels: [CUDAKernel],
        _ stream: CUDAStream,
        _ library: KernelLibrary,
        _ report: CUDAReport
    ) throws -> Bool {
        print("\nCases with seed \(seed):")
        let deadline = checkSeconds.map { ContinuousClock.now + .seconds($0) }
        var check = CUDACheck(seed: seed)
        for kernel in kernels {
            let cases = small ? CUDACheck.few(for: kernel) : CUDACheck.cases(for: kernel)
            let row = check.check(kernel, cases: cases, until: deadline, on: stream, library)
            try report.add(row)
        }
        return check.isGood
    }

    private func time(
        _ workloads: [CUDAWorkload],
        _ stream: CUDAStream,
        _ library: KernelLibrary,
        _ report: CUDAReport
    ) throws {
        let timing = try CUDATiming(
            on: stream,
            library,
            rounds: rounds,
            coldBytes: small ? 1 << 16 : 1 << 29,
            warmUpSeconds: small ? 0 : 0.05
        )
        try report.add(copyBytesPerSecond: timing.copyBytesPerSecond)
        for workload in workloads {
            do {
                try report.add(workload, timing.measure(workload))
            } catch let error as CUDAError where error.kind == .noCode {
                try report.add(workload, failure: error)
            }
        }
    }
}
