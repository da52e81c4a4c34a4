internal import CPagedVector
internal import PagedAttention

/// The attention of one key and value head of one token over its candidates.
///
/// Candidates are brought to float32 values one after the other, and attended to whenever they fill a
/// tile: the local positions in order, then the selected entries in theirs.
@inline(__always)
func attendSparseItem(
    _ sparse: UnsafePointer<SparseTask>,
    _ index: Int,
    _ memory: UnsafeMutableRawPointer
) {
    withUnsafePointer(to: sparse.pointee.task) { task in
        let item = WorkItem(task, singleToken: index)
        let rows = item.rows(task)
        let scratch = Scratch(memory, task)
        scratch.states.clear(rows: rows)
        if item.firstPosition >= 0 {
            clearQueries(task, scratch, rows: rows, padded: paddedRows(rows))
            loadQueries(task, item, scratch, inPairs: false, unit: nil)
            var gathered = GatheredTile(sparse, task, item, scratch)
            gathered.addLocal()
            gathered.addSelected()
            gathered.attend()
        }
        storeOutput(task, item, scratch, scratch.states)
    }
}

/// Candidates on their way into a tile of float32 rows.
private struct GatheredTile {
    let sparse: UnsafePointer<SparseTask>
    let task: UnsafePointer<KernelTask>
    let item: WorkItem
    let scratch: Scratch
    /// The positions that are candidates without being selected.
    let localBegin: Int
    let localEnd: Int
    /// Candidates in the tile.
    var count = 0

    @inline(__always)
    init(
        _ sparse: UnsafePointer<SparseTask>,
        _ task: UnsafePointer<KernelTask>,
        _ item: WorkItem,
        _ scratch: Scratch
    ) {
        self.sparse = sparse
        self.task = task
        self.item = item
        self.scratch = scratch
        let window = task.pointee.window
        let position = item.firstPosition
        localBegin = window > 0 && window <= position ? position &- window &+ 1 : 0
        let end = task.pointee.isCausal ? position &+ 1 : item.keyCount
        localEnd = sparse.pointee.isLocal ? end : localBegin
    }

    @inline(__always) mutating func addLocal() {
        var position = localBegin
        while position < localEnd {
            addPosition(position)
            position &+= 1
        }
    }

    @inline(__always) mutating func addSelected() {
        let columns = sparse.pointee.selectedColumns
        let entries = sparse.pointee.selectedIndices + item.firstToken &* columns
        let count = min(Int(sparse.pointee.selectedCounts[item.firstToken]), columns)
        let end = task.pointee.isCausal ? item.firstPosition &+ 1 : item.keyCount
        var column = 0
        while column < count {
            let entry = Int(entries[column])
            column &+= 1
            guard entry >= 0 else { continue }
            if sparse.pointee.auxiliaryKey != nil {
                addAuxiliary(entry)
            } else if entry < end, entry < localBegin || entry >= localEnd {
                addPosition(entry)
            }
        }
    }

    @inline(__always) private mutating func addPosition(_ position: Int) {
        let shift = task.pointee.blockShift
        let column = position >> shift
        guard column < task.pointee.blocksPerSequence else { return }
        let block = Int(item.blocks[column])
        guard block >= 0, block < task.pointee.blockCount else { return }
        let place = block << shift &+ position & (1 << shift &- 1)
        let first =
            (place &* task.pointee.keyValueHeadCount &+ item.keyValueHead) &* task.pointee.headSize
        let tensors = task.pointee.tensors
        makeRoom()
        gather(task, tensors.keyCache, first, sparse.pointee.keyScale, item, key)
        gather(task, tensors.valueCache, first, sparse.pointee.valueScale, item, value)
        count &+= 1
    }

    @inline(__always) private mutating func addAuxiliary(_ entry: Int) {
        guard let keys = sparse.pointee.auxiliaryKey, let values = sparse.pointee.auxiliaryValue,
            let lengths = sparse.pointee.auxiliaryLengths,
            entry < Int(lengths[item.sequence]), entry < sparse.pointee.auxiliaryCapacity
        else { return }
        let heads = sparse.pointee.auxiliaryHeadCount
        let row = item.sequence &* sparse.pointee.auxiliaryCapacity &+ entry
        let head = heads == 1 ? 0 : item.keyValueHead
        let first = (row &* heads &+ head) &* task.pointee.headSize
        makeRoom()
        copyActivations(task, keys, first, key)
        copyActivations(task, values, first, value)
        count &+= 1
    }

    /// The rows of the next candidate.
    private var key: UnsafeMutableRawPointer {
        scratch.keyTile + count &* task.pointee.headSize &* 4
    }
    private var value: UnsafeMutableRawPointer {
        scratch.valueTile + count &* task.pointee.headSize &* 4
    }

    @inline(__always) private mutating func makeRoom() {
        if count == tileKeys {
            attend()
        }
    }

    /// Attends to the candidates in the tile and empties it.
    @inline(__always) mutating func attend() {
        let rows = task.pointee.groupSize
        guard count > 0 else { return }
        var row = 0
        while row < rows {
            scratch.begins[row] = 0
            scratch.ends[row] = count
            row &+= 1
        }
        let tile = KeyTile(scratch.chunks)
        let none = KeyTile(scratch.chunks + 2 &* tileChunks)
        let stride = task.pointee.headSize &* 4
        var chunk = 0
        while chunk < tileChunks {
            let offset = chunk &* chunkKeys &* stride
            tile.keys[chunk] = UnsafeRawPointer(scratch.keyTile + offset)
            tile.values[chunk] = UnsafeRawPointer(scratch.valueTile + offset)
            none.keys[chunk] = nil
            none.values[chunk] = nil
            chunk &+= 1
        }
        let call = TileCall(task, rows: tile, none: none, stride: stride)
        attendInPlace(Widened<Float32Format>.self, call, scratch, rows: rows)
        count = 0
    }
}

/// Brings a row of a cache to its values.
@inline(never)
private func gather(
    _ task: UnsafePointer<KernelTask>,
    _ cache: UnsafeRawPointer,
    _ first: Int,
    _ scale: KernelScale,
    _ item: WorkItem,
    _ target: UnsafeMutableRawPointer
) {
    switch task.pointee.cache {
    case .float16: copyRow(Float16Format.self, task, cache, first, target)
    case .bfloat16: copyRow(BFloat16Format.self, task, cache, first, target)
    case .int8: copyRow(Int8Format.self, task, cache, first, target)
    case .float8e4m3fn: copyRow(Float8Format.self, task, cache, first, target)
    case .int4: copyRow(Int4Format.self, task, cache, first, target)
    case .float4e2m1: copyRow(Float4Format.self, task, cache, first, target)
    default: copyRow(Float32Format.self, task, cache, first, target)
    }
    let size = task.pointee.headSize
    HeadScale(scale, head: item.keyValueHead, headSize: size)?
        .multiply(target.assumingMemoryBound(to: Float.self), count: size)
}

/// Brings a row of an auxiliary tensor to float32.
@inline(never)
private func copyActivations(
    _ task: UnsafePointer<KernelTask>,
    _ tensor: UnsafeRawPointer,
    _ first: Int,
    _ target: UnsafeMutableRawPointer
) {
    switch task.pointee.activation {
    case .float16: copyRow(Float16Format.self, task, tensor, first, target)
    case .bfloat16: copyRow(BFloat16Format.self, task, tensor, first, target)
    default: copyRow(Float32Format.self, task, tensor, first, target)
    }
}

@inline(__always)
private func copyRow<Format: ElementFormat>(
    _ format: Format.Type,
    _ task: UnsafePointer<KernelTask>,
    _ source: UnsafeRawPointer,
    _ first: Int,
    _ target: UnsafeMutableRawPointer
) {
    let size = task.pointee.headSize
    convert(format, source + Format.bytes(first), Float32Format.self, target, count: size)
}
