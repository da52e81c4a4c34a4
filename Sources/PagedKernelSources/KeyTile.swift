internal import CPagedVector
internal import PagedAttention

/// Where the keys and values of one tile are.
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

    /// Finds the chunks of the tile at position `base` that hold positions in `begin ..< end`.
    ///
    /// - Returns: a bit for each chunk that is mapped.
    @inline(__always)
    func locate<Cache: ElementFormat>(
        _ cache: Cache.Type,
        _ task: UnsafePointer<KernelTask>,
        _ item: WorkItem,
        base: Int,
        begin: Int,
        end: Int
    ) -> Int {
        let shift = task.pointee.blockShift
        let rowSize = task.pointee.keyValueHeadCount &* task.pointee.headSize
        let headOffset = item.keyValueHead &* task.pointee.headSize
        var mapped = 0
        var chunk = 0
        while chunk < tileChunks {
            let position = base &+ chunk &* chunkKeys
            keys[chunk] = nil
            values[chunk] = nil
            let column = position >> shift
            if position < end, position &+ chunkKeys > begin,
                column < task.pointee.blocksPerSequence
            {
                let block = Int(item.blocks[column])
                if block >= 0, block < task.pointee.blockCount {
                    let place = block << shift &+ position & (1 << shift &- 1)
                    let offset = Cache.bytes(place &* rowSize &+ headOffset)
                    keys[chunk] = UnsafeRawPointer(task.pointee.tensors.keyCache + offset)
                    values[chunk] = UnsafeRawPointer(task.pointee.tensors.valueCache + offset)
                    mapped |= 1 << chunk
                }
            }
            chunk &+= 1
        }
        return mapped
    }

    /// Copies the mapped chunks of another tile into float32 tiles and points to them, while those of
    /// the tile that follows are on their way.
    @inline(__always)
    func convert<Cache: ElementFormat>(
        _ cache: Cache.Type,
        _ task: UnsafePointer<KernelTask>,
        from source: KeyTile,
        next: KeyTile,
        _ scratch: Scratch
    ) {
        let size = task.pointee.headSize
        let stride = Cache.bytes(task.pointee.keyValueHeadCount &* size)
        var chunk = 0
        while chunk < tileChunks {
            keys[chunk] = nil
            values[chunk] = nil
            if let key = source.keys[chunk], let value = source.values[chunk] {
                let offset = chunk &* chunkKeys &* size &* 4
                keys[chunk] = UnsafeRawPointer(scratch.keyTile + offset)
                values[chunk] = keys[chunk]
                copyChunk(cache, key, next.keys[chunk], stride, scratch.keyTile + offset, size)
                if value != key {
                    values[chunk] = UnsafeRawPointer(scratch.valueTile + offset)
                    copyChunk(
                        cache,
                        value,
                        next.values[chunk],
                        stride,
                        scratch.valueTile + offset,
                        size
                    )
                }
            }
            chunk &+= 1
        }
    }
}

@inline(__always)
private func copyChunk<Cache: ElementFormat>(
    _ cache: Cache.Type,
    _ source: UnsafeRawPointer,
    _ next: UnsafeRawPointer?,
    _ stride: Int,
    _ target: UnsafeMutableRawPointer,
    _ size: Int
) {
    var key = 0
    while key < chunkKeys {
        if let next {
            var offset = 0
            while offset < Cache.bytes(size) {
                pv_prefetch(next + key &* stride + offset)
                offset &+= 64
            }
        }
        convert(
            cache,
            source + key &* stride,
            Float32Format.self,
            target + key &* size &* 4,
            count: size
        )
        key &+= 1
    }
}
