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
        /// What was wrong, with the case.
        package var problems: [String] = []
        /// Why there is no code for the kernel here, if there is none: then nothing was checked.
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

    /// Four of the cases that a kernel serves.
    package static func few(of cases: [AttentionCase], for kernel: CUDAKernel) -> [AttentionCase] {
        let served = cases.filter { base in
            base.with { ($0.activation, $0.cache) = (kernel.activationType, kernel.cacheType) }
                .isServed(by: kernel)
        }
        let step = max(served.count / 4, 1)
        return stride(from: step - 1, to: served.count, by: step).prefix(4).map { served[$0] }
    }

    /// Checks a kernel with some of the cases.
    ///
    /// - Parameter deadline: when no other case is begun.
    /// - Returns: the row that was added.
    @discardableResult
    package mutating func check(
        _ kernel: CUDAKernel,
        cases: [AttentionCase] = ConformanceCases.all,
        until deadline: ContinuousClock.Instant? = nil,
        on stream: CUDAStream,
        _ library: KernelLibrary
    ) -> Row {
        var row = Row(kernel: kernel.name, architecture: "\(kernel.architecture)")
        for (index, base) in cases.enumerated() {
            let c = base.with {
                ($0.activation, $0.cache) = (kernel.activationType, kernel.cacheType)
                $0.seed = seed &+ UInt64(index)
            }
            guard c.isServed(by: kernel) else {
                row.notServed += 1
                continue
            }
            if let deadline, ContinuousClock.now >= deadline {
                row.leftOut += 1
                continue
            }
            do {
                let expectation = try ReferenceResult(c)
                let tensors = CaseTensors(c)
                try tensors.run(c, on: stream, library, kernel: kernel)
                let problems = try expectation.problems(tensors, c)
                row.problems += problems.map { "\($0) in \(c)" }
                if problems.isEmpty { row.agreed += 1 }
            } catch let error as CUDAError where error.kind == .noCode {
                row.noCode = error.description
                break
            } catch {
                row.problems.append("\(error) in \(c)")
            }
        }
        rows.append(row)
        return row
    }
}
