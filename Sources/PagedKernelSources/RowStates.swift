internal import CPagedVector

/// How far logits may rise above a row's maximum before its sums are brought to a new one: weights
/// stay below 2^12, and most tiles change no sum.
@inline(__always) var maximumSlack: Float { 12 }

/// What query rows have accumulated: sums of values weighted by 2^(logit - maximum), and the sum of
/// those weights. Logits are in units of ln 2. The maximum is that of some tile; the true one is at most
/// `maximumSlack` above it.
struct RowStates {
    /// Rows of sums of values, `width` channels each, not yet divided.
    let accumulators: UnsafeMutableRawPointer
    let maxima: UnsafeMutablePointer<Float>
    let sums: UnsafeMutablePointer<Float>
    let width: Int

    @inline(__always) init(_ memory: UnsafeMutableRawPointer, rows: Int, width: Int) {
        accumulators = memory
        maxima = (memory + rows &* width &* 4).assumingMemoryBound(to: Float.self)
        sums = maxima + rows
        self.width = width
    }

    private init(
        _ accumulators: UnsafeMutableRawPointer,
        _ maxima: UnsafeMutablePointer<Float>,
        _ sums: UnsafeMutablePointer<Float>,
        _ width: Int
    ) {
        self.accumulators = accumulators
        self.maxima = maxima
        self.sums = sums
        self.width = width
    }

    /// Memory for so many rows, a multiple of 64.
    @inline(__always) static func byteCount(rows: Int, width: Int) -> Int {
        rows &* width &* 4 &+ (rows &* 8 &+ 63) & ~63
    }

    @inline(__always) func advanced(by rows: Int) -> RowStates {
        RowStates(accumulators + rows &* width &* 4, maxima + rows, sums + rows, width)
    }

    /// Forgets everything.
    @inline(__always) func clear(rows: Int) {
        var offset = 0
        while offset < rows &* width &* 4 {
            pv_store(accumulators + offset, splat(0))
            offset &+= vectorBytes
        }
        var row = 0
        while row < rows {
            maxima[row] = -.infinity
            sums[row] = 0
            row &+= 1
        }
    }

    /// Brings a row's sums to a tile's maximum, if that is far above what they are relative to.
    ///
    /// - Returns: what the row's weights are relative to from now on.
    @inline(__always) func raise(row: Int, _ tileMaximum: Float) -> Float {
        let maximum = maxima[row]
        let isRaised = tileMaximum > maximum + maximumSlack || maximum == -.infinity
        let newMaximum = isRaised && tileMaximum > maximum ? tileMaximum : maximum
        // A row that has seen nothing has no maximum to be relative to; all its weights are 0.
        let shift = newMaximum == -.infinity ? 0 : newMaximum
        if newMaximum != maximum {
            let factor = pv_first(exponential2(splat(maximum - shift)))
            maxima[row] = newMaximum
            sums[row] *= factor
            scale(row: row, by: factor)
        }
        return shift
    }

    /// Multiplies the sums of values of a row.
    @inline(__always) func scale(row: Int, by factor: Float) {
        let target = accumulators + row &* width &* 4
        let f = splat(factor)
        var offset = 0
        while offset < width &* 4 {
            pv_store(target + offset, pv_load(target + offset) * f)
            offset &+= vectorBytes
        }
    }

    /// Adds what the same rows have accumulated over other keys. Adding to or from rows that saw
    /// nothing is exact.
    @inline(__always) func add(_ other: RowStates, rows: Int) {
        var row = 0
        while row < rows {
            add(other, row: row)
            row &+= 1
        }
    }

    @inline(__always) private func add(_ other: RowStates, row: Int) {
        guard other.sums[row] != 0 else { return }
        let isFirst = sums[row] == 0
        let maximum = !isFirst && maxima[row] > other.maxima[row] ? maxima[row] : other.maxima[row]
        let shift = splat(maximum)
        let factor = isFirst ? 0 : pv_first(exponential2(splat(maxima[row]) - shift))
        let weight = isFirst ? 1 : pv_first(exponential2(splat(other.maxima[row]) - shift))
        maxima[row] = maximum
        sums[row] = sums[row] * factor + other.sums[row] * weight
        let target = accumulators + row &* width &* 4
        let source = other.accumulators + row &* width &* 4
        var offset = 0
        while offset < width &* 4 {
            let kept = pv_load(target + offset) * splat(factor)
            pv_store(target + offset, multiplyAdd(pv_load(source + offset), splat(weight), kept))
            offset &+= vectorBytes
        }
    }
}
