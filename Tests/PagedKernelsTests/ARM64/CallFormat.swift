// How a call travels to the program of Tests/ARM64Program and back. The tests and the program both
// compile this file.
//
//     call    tensor ...  with the role `numbers` first and `end` last
//     tensor  role  type  rank  4 dimensions  byteCount (8 x Int64)  bytes
//     answer  bytes of output, key cache and value cache, if there are such  items  combinations (2 x Int64)

/// What a tensor of a call is.
enum CallRole: Int, CaseIterable {
    /// The call's numbers, as `Double`, in the order of `CallNumber`.
    case numbers
    case query, key, value, keyCache, valueCache, starts, past, table
    case cosine, sine, slots, sink, queryNorm, keyNorm, keyScale, valueScale, output
    /// Of `SparsePagedAttention` alone.
    case selectedIndices, selectedCounts, auxiliaryKey, auxiliaryValue, auxiliaryLengths
    /// Of `MatMulNBits`, which has no others than these and `output`.
    case a, codes, codeScales, zeroPoints, bias
    case end
}

/// The attributes of a call, and how it is cut.
enum CallNumber: Int, CaseIterable {
    case heads, keyValueHeads, scale, softcap, window, isCausal
    case doRotary, rotaryInterleaved, rotaryOffset, epsilon, valueHeadSize
    /// What the elements of the caches are: an `ElementType`.
    case cache
    case isLatent
    /// How many threads the call is cut for; all of it runs on one.
    case threads
    /// Of `SparsePagedAttention` alone.
    case isLocal, isAuxiliary
    /// Of `MatMulNBits` alone.
    case rowSize, columnCount, blockSize
}
