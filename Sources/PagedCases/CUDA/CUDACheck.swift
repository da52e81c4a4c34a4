package import PagedCUDA

/// Every conformance case with fresh numbers on a device, against the reference.
package struct CUDACheck: Encodable {
    /// What became of one kernel.
    package struct Row: Encodable {
        package let kernel: String
        package let architecture: String
        /// Cases that agree with the reference.
        package var agreed = 0
        /// Cases that the kernel does not serve.
        package var notServed = 0
        /// Cases for which there was no time.
        package var leftOut = 0
        /// Cases of sizes for which there is no code here.
        package var withoutCode = 0
        /// What was wrong, with the case.
        package var problems: [String] = []
        /// Why there is no code for the kernel here, if there is none for any case: then nothing was checked.
        package var noCode: String?
    }

    /// The seed of the numbers: the same seed gives the same numbers.
    package let seed: UInt64
    package private(set) var rows: [Row] = []

    package init(seed: UInt64) { self.seed = seed }

    /// Whether every case agreed that a kernel serves, and there was one for each kernel.
    package var isGood: Bool {
        !rows.isEmpty && rows.allSatisfy { $0.problems.isEmpty && $0.agreed > 0 }
    }

    /// What a kernel is checked with.
    package static func cases(for kernel: CUDAKernel) -> [any DeviceCase] {
        kernel.form == .sparse ? SparseCase.all : LongCases.all + ConformanceCases.all
    }

    /// Four of the cases that a kernel serves, one of them or more of the long ones.
    package static func few(for kernel: CUDAKernel) -> [any DeviceCase] {
        let served = cases(for: kernel).filter {
            $0.typed(for: kernel, seed: 0).isServed(by: kernel)
        }
        let step = max(served.count / 4, 1)
        return stride(from: step - 1, to: served.count, by: step).prefix(4).map { served[$0] }
    }

    /// Checks a kernel with some of the cases.
    ///
    /// - Parameters:
    ///   - cases: nil: all that there are for it.
    ///   - deadline: when no other case is begun.
    /// - Returns: the row that was added.
    @discardableResult
    package mutating func check(
        _ kernel: CUDAKernel,
        cases: [any DeviceCase]? = nil,
        until deadline: ContinuousClock.Instant? = nil,
        on stream: CUDAStream,
        _ library: KernelLibrary
    ) -> Row {
        var row = Row(kernel: kernel.name, architecture: "\(kernel.architecture)")
        for (index, base) in (cases ?? Self.cases(for: kernel)).enumerated() {
            let c = base.typed(for: kernel, seed: seed &+ UInt64(index))
            guard c.isServed(by: kernel) else {
                row.notServed += 1
                continue
            }
            if let deadline, ContinuousClock.now >= deadline {
                row.leftOut += 1
                continue
            }
            do {
                let problems = try c.problems(with: kernel, on: stream, library)
                row.problems += problems.map { "\($0) in \(c)" }
                if problems.isEmpty { row.agreed += 1 }
            } catch let error as CUDAError where error.kind == .noCode {
                row.withoutCode += 1
                row.noCode = error.description
            } catch {
                row.problems.append("\(error) in \(c)")
            }
        }
        if row.agreed > 0 || !row.problems.isEmpty { row.noCode = nil }
        rows.append(row)
        return row
    }
}
