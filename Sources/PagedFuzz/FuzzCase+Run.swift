internal import PagedAttention
internal import PagedKernels

extension FuzzCase {
    /// Calls the operator and checks what it did.
    ///
    /// - Throws: `Failure` if the operator refused a call that keeps the rules, left an output element
    ///   unwritten, changed a place that the call does not name, changed anything before it
    ///   refused, or disagrees with the reference.
    @discardableResult
    package func run() throws(Failure) -> Outcome {
        let tensors = FuzzTensors(self)
        return try withExtendedLifetime(tensors) { () throws(Failure) -> Outcome in
            let operation: FuzzedOperator
            let shape: AttentionShape?
            do throws(OperatorError) {
                operation = try FuzzedOperator(self)
                shape = try operation.shape(of: tensors)
            } catch {
                try require(isBroken, "the call was refused: \(error.message)")
                return .refused
            }
            guard let shape, tensors.haveMemory else { return .refused }
            return try run(operation, shape, tensors)
        }
    }

    private func run(
        _ operation: FuzzedOperator,
        _ shape: AttentionShape,
        _ tensors: FuzzTensors
    ) throws(Failure) -> Outcome {
        let before = tensors.withOwnCaches()
        do throws(OperatorError) {
            try operation.run(shape, tensors, threadCount: threadCount)
        } catch {
            try require(isBroken || hasBrokenValues, "values were refused: \(error.message)")
            for role in [TensorRole.keyCache, .valueCache, .output] {
                guard let old = before[role], let new = tensors[role] else { continue }
                try require(new.hasSameBytes(as: old), "\(role) changed before: \(error.message)")
            }
            return .refusedValues
        }
        try check(shape, before: before, after: tensors, "the kernel")
        guard isCompared else { return .done }
        try compareThreads(operation, shape, before, tensors)
        guard isCheap(shape) else { return .done }
        try compare(shape, before, tensors)
        return .compared
    }

    /// Whether what had to be written was, and nothing else.
    func check(
        _ shape: AttentionShape,
        before: FuzzTensors,
        after: FuzzTensors,
        _ who: String
    ) throws(Failure) {
        let unwritten = after[.output]?.poisonedCount ?? 0
        try require(unwritten == 0, "\(who) left \(unwritten) elements of the output unwritten")
        let places = WrittenPlaces(shape, after)
        for role in [TensorRole.keyCache, .valueCache] {
            guard let old = before[role], let new = after[role] else { continue }
            let changed = places.changedElsewhere(old, new, shape)
            try require(changed == nil, "\(who) changed place \(changed ?? -1) of \(role)")
        }
    }

    func require(_ holds: Bool, _ message: @autoclosure () -> String) throws(Failure) {
        guard !holds else { return }
        throw Failure("\(message())\n\(self)")
    }
}

extension FuzzCase: CustomStringConvertible {
    /// The attributes, types, shapes and integers, a line each.
    package var description: String {
        let name = selection.map { "SparsePagedAttention, \($0)" } ?? "PagedAttention"
        var lines = [name, "\(attributes)", "\(activation.name) on \(cacheType.name)"]
        lines.append("instructions: \(instructionSet?.name ?? "best"), tame: \(fill.isTame)")
        for role in TensorRole.allCases {
            guard let outline = outlines[role] else { continue }
            let values = integers[role].map { " \($0)" } ?? ""
            lines.append("\(role): \(outline.type.name) \(outline.dimensions)\(values)")
        }
        return lines.joined(separator: "\n")
    }
}
