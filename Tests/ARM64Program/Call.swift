internal import CProgram
internal import PagedAttention

/// One call as it was read: its tensors, each ending where a page without access begins.
struct Call: ~Copyable {
    private var views: [TensorView?] = CallRole.allCases.map { _ in nil }

    /// Reads a call from standard input; nil at its end.
    init?() {
        var header = [Int](repeating: 0, count: 8)
        while true {
            guard header.withUnsafeMutableBytes({ program_read($0.baseAddress, 64) }),
                let role = CallRole(rawValue: header[0])
            else { return nil }
            if role == .end { return }
            let base: UnsafeMutableRawPointer = program_allocate_guarded(header[7])
            guard program_read(base, header[7]) else { return nil }
            views[role.rawValue] = TensorView(
                base: base,
                elementType: ElementType(rawValue: Int32(truncatingIfNeeded: header[1])) ?? .uint8,
                shape: TensorShape(
                    rank: header[2],
                    header[3],
                    header[4],
                    header[5],
                    header[6]
                )
            )
        }
    }

    deinit {
        for case let view? in views {
            program_free_guarded(view.base, Self.byteCount(view))
        }
    }

    subscript(_ role: CallRole) -> TensorView? { views[role.rawValue] }

    subscript(_ number: CallNumber) -> Double {
        guard let numbers = self[.numbers] else { return 0 }
        return numbers.base.load(fromByteOffset: 8 * number.rawValue, as: Double.self)
    }

    /// Writes the bytes of a tensor to standard output.
    func write(_ role: CallRole) {
        guard let view = self[role] else { return }
        program_write(view.base, Self.byteCount(view))
    }

    private static func byteCount(_ view: TensorView) -> Int {
        view.shape.elementCount * view.elementType.byteCount
    }
}

extension Call {
    var cache: ElementType {
        ElementType(rawValue: Int32(self[.cache])) ?? .float32
    }

    var attributes: AttentionAttributes {
        var attributes = AttentionAttributes(
            headCount: Int(self[.heads]),
            keyValueHeadCount: Int(self[.keyValueHeads])
        )
        attributes.scale = Float(self[.scale])
        attributes.softcap = Float(self[.softcap])
        attributes.localWindowSize = Int(self[.window])
        attributes.isCausal = self[.isCausal] != 0
        attributes.doRotary = self[.doRotary] != 0
        attributes.rotaryInterleaved = self[.rotaryInterleaved] != 0
        attributes.rotaryOffset = Int(self[.rotaryOffset])
        attributes.qkNormEpsilon = Float(self[.epsilon])
        attributes.valueHeadSize = Int(self[.valueHeadSize])
        attributes.cacheLayout = self[.isLatent] != 0 ? .latent : .separate
        return attributes
    }

    /// The tensors in the operator's words; nil if a required one is missing.
    var inputs: AttentionInputs? {
        guard let query = self[.query], let keyCache = self[.keyCache],
            let starts = self[.starts], let past = self[.past], let table = self[.table]
        else { return nil }
        var inputs = AttentionInputs(
            query: query,
            key: self[.key],
            value: self[.value],
            keyCache: keyCache,
            valueCache: self[.valueCache],
            cumulativeSequenceLengths: starts,
            pastSequenceLengths: past,
            blockTable: table
        )
        inputs.cosineCache = self[.cosine]
        inputs.sineCache = self[.sine]
        inputs.slotMapping = self[.slots]
        inputs.headSink = self[.sink]
        inputs.queryNormWeight = self[.queryNorm]
        inputs.keyNormWeight = self[.keyNorm]
        inputs.keyScale = self[.keyScale]
        inputs.valueScale = self[.valueScale]
        return inputs
    }

    /// What `SparsePagedAttention` has beside them; nil for a call of `PagedAttention`.
    func sparse(_ attention: AttentionInputs) -> (SparseInputs, SparseSelection)? {
        guard let indices = self[.selectedIndices], let counts = self[.selectedCounts] else {
            return nil
        }
        var inputs = SparseInputs(
            attention: attention,
            selectedIndices: indices,
            selectedCounts: counts
        )
        inputs.auxiliaryKey = self[.auxiliaryKey]
        inputs.auxiliaryValue = self[.auxiliaryValue]
        inputs.auxiliaryLengths = self[.auxiliaryLengths]
        var selection = SparseSelection()
        selection.mode = self[.isLocal] != 0 ? .localPlusSelected : .selectedOnly
        selection.source = self[.isAuxiliary] != 0 ? .auxiliary : .main
        return (inputs, selection)
    }

    /// The tensors of a call of `MatMulNBits`; nil for a call of another operator.
    var product: MatMulNBitsInputs? {
        guard let a = self[.a], let codes = self[.codes], let scales = self[.codeScales] else {
            return nil
        }
        return MatMulNBitsInputs(
            a: a,
            codes: codes,
            scales: scales,
            zeroPoints: self[.zeroPoints],
            bias: self[.bias]
        )
    }

    var productAttributes: MatMulNBitsAttributes {
        MatMulNBitsAttributes(
            rowSize: Int(self[.rowSize]),
            columnCount: Int(self[.columnCount]),
            blockSize: Int(self[.blockSize])
        )
    }
}
