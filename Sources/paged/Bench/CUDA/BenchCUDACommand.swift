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
            Every kernel gets the conformance cases of the tests with fresh numbers, and has to agree with \
            the reference in Double, computed on the CPU, under the tests' bounds. Then decodes and \
            prompts are timed by the GPU's clock, with caches of many layers so that they come \
            from memory, beside the speed at which the GPU copies memory. Ends with status 1 where \
            there is no GPU, or a kernel disagrees.
            """
    )

    @Option(help: "The GPU, by its place in the driver's list.")
    var device = 0

    @Option(help: "The seed of the numbers; a new one each time unless given.")
    var seed = UInt64.random(in: 1...999_999)

    @Option(help: "Measured rounds.")
    var rounds = 15

    @Flag(help: "Leave out the check.")
    var noCheck = false

    @Flag(help: "Leave out the times.")
    var noTimes = false

    @Option(help: "Where to write the results as JSON.")
    var json: String?

    func run() throws {
        let driver = try CUDADriver.system.get()
        let device = try CUDADevice(driver, ordinal: device)
        let library = KernelLibrary(device)
        let stream = try CUDAStream(device)
        let kernels = CUDAKernelList.attention.filter { $0.runs(on: device.architecture) }
        var report = CUDAReport(device, driver)
        print(report.heading)
        if !noCheck { report.check = check(kernels, stream, library) }
        if !noTimes { report.timing = try time(kernels, stream, library) }
        if let json { try writeJSON(report, to: json) }
        if let check = report.check, !check.isGood { throw ExitCode.failure }
    }

    private func check(
        _ kernels: [CUDAKernel],
        _ stream: CUDAStream,
        _ library: KernelLibrary
    ) -> CUDACheck {
        print("\nConformance cases with seed \(seed):")
        var check = CUDACheck(seed: seed)
        for kernel in kernels {
            print(CUDAReport.line(check.check(kernel, on: stream, library)))
            fflush(nil)
        }
        return check
    }

    private func time(
        _ kernels: [CUDAKernel],
        _ stream: CUDAStream,
        _ library: KernelLibrary
    ) throws -> CUDATiming {
        var timing = try CUDATiming(on: stream, rounds: rounds)
        let speed = (timing.copyBytesPerSecond.max() ?? 0) / 1e12
        print(String(format: "\nCopies move %.2f TB/s, reads and writes together.", speed))
        print(CUDAReport.timingHeader)
        for workload in CUDAWorkload.all {
            for kernel in kernels where workload.isWorthwhile(kernel) {
                do {
                    let row = try timing.measure(
                        workload.name,
                        workload.call(kernel),
                        kernel: kernel,
                        on: stream,
                        library
                    )
                    print(CUDAReport.line(row))
                } catch {
                    print("| \(workload.name) | \(kernel) | \(error) | | | |")
                }
                fflush(nil)
            }
        }
        return timing
    }
}

/// What is timed: heads 32/8 of 128, blocks of 16.
private struct CUDAWorkload {
    let name: String
    let lengths: [AttentionCase.Length]

    private init(_ name: String, _ count: Int, past: Int, new: Int) {
        self.name = name
        lengths = Array(repeating: AttentionCase.Length(past: past, new: new), count: count)
    }

    static let all = [
        CUDAWorkload("1 decode at 1k", 1, past: 1023, new: 1),
        CUDAWorkload("1 decode at 32k", 1, past: 32_767, new: 1),
        CUDAWorkload("8 decodes at 1k", 8, past: 1023, new: 1),
        CUDAWorkload("8 decodes at 4k", 8, past: 4095, new: 1),
        CUDAWorkload("8 decodes at 32k", 8, past: 32_767, new: 1),
        CUDAWorkload("32 decodes at 4k", 32, past: 4095, new: 1),
        CUDAWorkload("prompt of 2k", 1, past: 0, new: 2048),
        CUDAWorkload("prompt of 8k", 1, past: 0, new: 8192),
        CUDAWorkload("512 new at 4k", 1, past: 4096, new: 512),
    ]

    private var isDecode: Bool { lengths.allSatisfy { $0.new == 1 } }

    /// Whether somebody would use the kernel for it.
    func isWorthwhile(_ kernel: CUDAKernel) -> Bool {
        switch kernel.form {
        case .portable: true
        case .decode, .smallDecode: isDecode
        case .prompt, .smallPrompt, .hopper: !isDecode
        case .prologue, .math, .latent, .sparse: false
        }
    }

    func call(_ kernel: CUDAKernel) -> AttentionCase {
        AttentionCase(
            activation: kernel.activationType,
            cache: kernel.cacheType,
            valueScales: .perChannel,
            heads: 32,
            keyValueHeads: 8,
            headSize: 128,
            lengths: lengths
        )
    }
}
