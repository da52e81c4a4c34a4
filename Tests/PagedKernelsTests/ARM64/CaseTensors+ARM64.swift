import Foundation
import PagedAttention
import PagedCases

/// How the plan of the work cut a call.
struct ARM64Cut: Equatable {
    let items: Int
    let combinations: Int
}

extension CaseTensors {
    /// Runs the arm64 kernels on these tensors, cut for so many threads; the caches are changed in
    /// place. There, every tensor ends at a page without access.
    @discardableResult
    func runOnARM64(
        _ c: AttentionCase,
        threads: Int = 1,
        selected: SparseTensors? = nil,
        _ selection: SparseSelection = SparseSelection()
    ) throws -> ARM64Cut {
        var numbers = c.numbers
        numbers[CallNumber.threads.rawValue] = Double(threads)
        numbers[CallNumber.isLocal.rawValue] = selection.mode == .localPlusSelected ? 1 : 0
        numbers[CallNumber.isAuxiliary.rawValue] = selection.source == .auxiliary ? 1 : 0
        var message = Data()
        message.append(.numbers, type: .int64, TensorShape(numbers.count), numbers)
        for (role, tensor) in roles + (selected?.roles ?? []) {
            guard let tensor else { continue }
            message.append(role, type: tensor.view.elementType, tensor.view.shape, tensor.bytes)
        }
        message.append(.end, type: .uint8, TensorShape(0), [UInt8]())
        let results = [output, keyCache, valueCache].compactMap(\.self)
        let byteCount = results.reduce(16) { $0 + $1.byteCount }
        let answer = try ARM64Program.answer(to: message, byteCount: byteCount)
        var offset = 0
        for tensor in results {
            UnsafeMutableRawBufferPointer(start: tensor.view.base, count: tensor.byteCount)
                .copyBytes(from: answer[offset..<(offset + tensor.byteCount)])
            offset += tensor.byteCount
        }
        return answer[offset...].withUnsafeBytes {
            ARM64Cut(
                items: $0.loadUnaligned(as: Int.self),
                combinations: $0.loadUnaligned(fromByteOffset: 8, as: Int.self)
            )
        }
    }

    private var roles: [(CallRole, Tensor?)] {
        [
            (.query, query), (.key, key), (.value, value), (.keyCache, keyCache),
            (.valueCache, valueCache), (.starts, starts), (.past, past), (.table, table),
            (.cosine, cosine), (.sine, sine), (.slots, slots), (.sink, sink),
            (.queryNorm, queryNorm), (.keyNorm, keyNorm), (.keyScale, keyScale),
            (.valueScale, valueScale), (.output, output),
        ]
    }
}

extension SparseTensors {
    fileprivate var roles: [(CallRole, Tensor?)] {
        [
            (.selectedIndices, indices), (.selectedCounts, counts), (.auxiliaryKey, key),
            (.auxiliaryValue, value), (.auxiliaryLengths, lengths),
        ]
    }
}

extension AttentionCase {
    fileprivate var numbers: [Double] {
        let attributes = attributes
        return CallNumber.allCases.map { number in
            switch number {
            case .heads: Double(heads)
            case .keyValueHeads: Double(keyValueHeads)
            case .scale: Double(scale)
            case .softcap: Double(softcap)
            case .window: Double(window)
            case .isCausal: isCausal ? 1 : 0
            case .doRotary: attributes.doRotary ? 1 : 0
            case .rotaryInterleaved: attributes.rotaryInterleaved ? 1 : 0
            case .rotaryOffset: Double(rotaryOffset)
            case .epsilon: Double(attributes.qkNormEpsilon)
            case .valueHeadSize: Double(attributes.valueHeadSize)
            case .cache: Double(cache.rawValue)
            case .isLatent: layout == .latent ? 1 : 0
            case .threads, .isLocal, .isAuxiliary, .rowSize, .columnCount, .blockSize: 0
            }
        }
    }
}

extension Data {
    /// Appends a tensor as Tests/PagedKernelsTests/ARM64/CallFormat.swift describes it.
    mutating func append<Element>(
        _ role: CallRole,
        type: ElementType,
        _ shape: TensorShape,
        _ elements: [Element]
    ) {
        elements.withUnsafeBytes { bytes in
            let header = [
                role.rawValue, Int(type.rawValue), shape.rank, shape[0], shape[1], shape[2],
                shape[3], bytes.count,
            ]
            header.withUnsafeBytes { append(contentsOf: $0) }
            append(contentsOf: bytes)
        }
    }
}
