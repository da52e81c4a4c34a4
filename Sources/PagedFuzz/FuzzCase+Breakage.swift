internal import PagedAttention

extension FuzzCase {
    /// In some cases, changes attributes, types and shapes so that they may break a rule.
    mutating func breakShapes(_ sizes: FuzzSizes, _ bytes: inout FuzzBytes) {
        let count = bytes.byte() - 208
        guard count > 0 else { return }
        isBroken = true
        for _ in 0..<(1 + count % 3) {
            switch bytes.below(4) {
            case 0: breakAttribute(sizes, &bytes)
            case 1: breakType(&bytes)
            default: breakOutline(bytes.pick(TensorRole.common), &bytes)
            }
        }
    }

    private mutating func breakAttribute(_ sizes: FuzzSizes, _ bytes: inout FuzzBytes) {
        let number = bytes.number(near: sizes.headSize)
        switch bytes.below(12) {
        case 0: attributes.headCount = number
        case 1: attributes.keyValueHeadCount = number
        case 2: attributes.valueHeadSize = number
        case 3: attributes.rotaryOffset = number
        case 4: attributes.qkNormEpsilon = Float(bitPattern: bytes.bits32())
        case 5: attributes.keyQuantizationType = bytes.pick(QuantizationType.allCases)
        case 6: attributes.valueQuantizationType = bytes.pick(QuantizationType.allCases)
        case 7: attributes.keyCacheType = cacheTypeName(&bytes)
        case 8: attributes.valueCacheType = cacheTypeName(&bytes)
        case 9: attributes.cacheLayout = bytes.pick(CacheLayout.allCases)
        case 10: attributes.doRotary.toggle()
        default: attributes.scale = 0
        }
    }

    private func cacheTypeName(_ bytes: inout FuzzBytes) -> String {
        bytes.pick(["", "uint4"] + ElementType.allCases.map(\.name))
    }

    private mutating func breakType(_ bytes: inout FuzzBytes) {
        let type = bytes.pick(ElementType.allCases)
        switch bytes.below(4) {
        case 0: activation = type
        case 1: cacheType = type
        default: outlines[bytes.pick(TensorRole.common)]?.type = type
        }
    }

    /// Another size, rank or presence of one tensor.
    mutating func breakOutline(_ role: TensorRole, _ bytes: inout FuzzBytes) {
        guard var outline = outlines[role] else {
            let other = bytes.pick(TensorRole.common)
            outlines[role] = outlines[other]
            return
        }
        switch bytes.below(6) {
        case 0 where role.isOptional:
            outlines[role] = nil
            return
        case 1: outline.dimensions.append(1 + bytes.below(3))
        case 2: _ = outline.dimensions.popLast()
        default:
            guard !outline.dimensions.isEmpty else { break }
            let axis = bytes.below(outline.dimensions.count)
            outline.dimensions[axis] = bytes.number(near: outline.dimensions[axis])
        }
        outlines[role] = outline
    }
}
