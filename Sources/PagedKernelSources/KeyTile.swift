internal import CPagedVector
internal import PagedAttention

/// Where the keys and values of one tile are, for the first key and value head.
///
/// A chunk of 16 positions lies in one block, because blocks are a power of two of at least 16 places.
/// A chunk whose block is unmapped has no address, and its keys no weight.
struct KeyTile {
    let keys: UnsafeMutablePointer<UnsafeRawPointer?>
    let values: UnsafeMutablePointer<UnsafeRawPointer?>

    /// The addresses of the tile, in two rows of the scratch memory's table.
    @inline(__always) init(_ table: UnsafeMutablePointer<UnsafeRawPointer?>) {
        keys = table
        values = table + tileChunks
    }

    /// Finds the chunks of the tile at position `base` that hold positions in `range`.
    ///
    /// - Returns: a bit for each chunk that is mapped.
    @inline(__always)
    func locate<O: Operand>(
        _ operand: O.Type,
        _ task: UnsafePointer<KernelTask>,
        _ item: WorkItem,
        base: Int,
        _ range: KeyRange
    ) -> Int {
        let shift = task.pointee.blockShift
        let rowSize = task.pointee.keyValueHeadCount &* task.pointee.headSize
        var mapped = 0
        var chunk = 0
        while chunk < tileChunks {
            let position = base &+ chunk &* chunkKeys
            keys[chunk] = nil
            values[chunk] = nil
            let column = position >> shift
            if position < range.end, position &+ chunkKeys > range.begin,
                column < task.pointee.blocksPerSequence
            {
                let block = Int(item.blocks[column])
                if block >= 0, block < task.pointee.blockCount {
                    let place = block << shift &+ position & (1 << shift &- 1)
                    let offset = O.bytes(place &* rowSize)
                    keys[chunk] = UnsafeRawPointer(task.pointee.tensors.keyCache + offset)
                    values[chunk] = UnsafeRawPointer(task.pointee.tensors.valueCache + offset)
                    mapped |= 1 << chunk
                }
            }
            chunk &+= 1
        }
        return mapped
    }

    /// Takes over the addresses of another tile.
    @inline(__always) func copy(_ other: KeyTile) {
        var chunk = 0
        while chunk < tileChunks {
            keys[chunk] = other.keys[chunk]
            values[chunk] = other.values[chunk]
            chunk &+= 1
        }
    }
}

/// Keys that are seen: `begin ..< end`, as positions or within a tile.
struct KeyRange: Equatable {
    var begin: Int
    var end: Int

    @inline(__always) init(_ begin: Int, _ end: Int) {
        self.begin = begin
        self.end = end
    }

    @inline(__always) var isEmpty: Bool { begin >= end }

    @inline(__always) static func == (a: KeyRange, b: KeyRange) -> Bool {
        a.begin == b.begin && a.end == b.end
    }
}

/// What rows need to attend to one tile of keys.
struct TileCall {
    let tile: KeyTile
    /// The tile that follows, to prefetch; its addresses are nil where there is none.
    let next: KeyTile
    /// A bit for each chunk of the tile that is mapped.
    let mapped: Int
    /// The position of the tile's first key.
    let base: Int
    /// Bytes from a key to the next one, and from the cache's first head to the item's first one.
    let stride: Int
    let firstOffset: Int
    /// The item's heads, and which of them is attended to.
    let headCount: Int
    var head = 0
    let headBytes: Int
    let headSize: Int
    let valueHeadSize: Int
    let rule: LogitRule

    /// A call that reads keys and values where they are in the cache.
    @inline(__always)
    init<O: Operand>(
        _ operand: O.Type,
        _ task: UnsafePointer<KernelTask>,
        _ item: WorkItem,
        tile: KeyTile,
        next: KeyTile,
        mapped: Int,
        base: Int
    ) {
        self.tile = tile
        self.next = next
        self.mapped = mapped
        self.base = base
        headSize = task.pointee.headSize
        valueHeadSize = task.pointee.valueHeadSize
        stride = O.bytes(task.pointee.keyValueHeadCount &* headSize)
        firstOffset = O.bytes(item.heads.lowerBound &* headSize)
        headBytes = O.bytes(headSize)
        headCount = item.heads.count
        rule = LogitRule(scale: task.pointee.scale, softcap: task.pointee.softcap)
    }

    /// A call on the rows of one head in memory of one's own, all of them there.
    @inline(__always)
    init(_ task: UnsafePointer<KernelTask>, rows: KeyTile, none: KeyTile, stride: Int) {
        tile = rows
        next = none
        mapped = (1 << tileChunks) &- 1
        base = 0
        headSize = task.pointee.headSize
        valueHeadSize = task.pointee.valueHeadSize
        self.stride = stride
        firstOffset = 0
        headBytes = stride
        headCount = 1
        rule = LogitRule(scale: task.pointee.scale, softcap: task.pointee.softcap)
    }

    /// Bytes from the cache's first head to the one that is attended to.
    @inline(__always) var headOffset: Int { firstOffset &+ head &* headBytes }

    /// The keys of the tile that a row sees.
    @inline(__always) func visible(_ scratch: Scratch, _ row: Int) -> KeyRange {
        let begin = min(max(scratch.begins[row] &- base, 0), tileKeys)
        let end = min(scratch.ends[row] &- base, tileKeys)
        return KeyRange(begin, max(begin, end))
    }

    /// Whether any key of a range is mapped.
    @inline(__always) func hasAny(of range: KeyRange) -> Bool {
        let chunksBefore = 1 << (range.begin / chunkKeys) &- 1
        let chunksUntil = 1 << ((range.end &+ chunkKeys &- 1) / chunkKeys) &- 1
        return !range.isEmpty && mapped & chunksUntil & ~chunksBefore != 0
    }

    /// The keys of the tile that any of some rows sees.
    @inline(__always) func union(_ scratch: Scratch, first: Int, count: Int) -> KeyRange {
        var union = visible(scratch, first)
        var row = first &+ 1
        while row < first &+ count {
            let range = visible(scratch, row)
            union = KeyRange(min(union.begin, range.begin), max(union.end, range.end))
            row &+= 1
        }
        return union
    }

    /// Asks for some bytes of the keys or values of the next tile: as many as are being read of this one,
    /// in the order in which they lie in memory.
    ///
    /// - Parameters:
    ///   - chunks: those of the next tile's keys or values.
    ///   - key: what is being read of this tile, of the head that is attended to.
    ///   - range: which bytes of it.
    @inline(__always)
    func prefetch(_ chunks: UnsafeMutablePointer<UnsafeRawPointer?>, _ key: Int, _ range: KeyRange)
    {
        let piece = head &* tileKeys &+ key
        let row = piece / headCount
        guard let base = chunks[row / chunkKeys] else { return }
        let start =
            base + (row & (chunkKeys &- 1)) &* stride
            + ((piece &- row &* headCount) &* headBytes &+ firstOffset)
        var offset = range.begin
        while offset < range.end {
            pv_prefetch(start + offset)
            offset &+= 64
        }
    }

    /// Touches the pages of a later tile, for each head a share of them: their translation takes longer
    /// than their first line.
    @inline(__always) func touch(_ later: KeyTile) {
        let chunkBytes = chunkKeys &* stride
        let count = 2 &* tileChunks
        var page = head
        while page &* pageBytes < count &* chunkBytes {
            let place = page &* pageBytes
            let chunk = place / chunkBytes
            let base = chunk < tileChunks ? later.keys[chunk] : later.values[chunk &- tileChunks]
            if let base { pv_prefetch(base + (place &- chunk &* chunkBytes &+ headOffset)) }
            page &+= headCount
        }
    }
}

/// The smallest page of memory.
@inline(__always) private var pageBytes: Int { 4096 }
