internal import COnnxRuntime
internal import PagedAttention

/// Reads the attributes of one node.
///
/// The node's schema is ours, so ONNX Runtime fills in no defaults: an absent attribute keeps the
/// operator's default.
struct NodeAttributes {
    let table: OnnxRuntimeTable
    let info: OpaquePointer

    /// All attributes of a `PagedAttention` node.
    func read() throws(OnnxRuntimeError) -> AttentionAttributes {
        var attributes = AttentionAttributes(
            headCount: try requiredInteger("num_heads"),
            keyValueHeadCount: try requiredInteger("kv_num_heads")
        )
        attributes.scale = try float("scale") ?? attributes.scale
        attributes.softcap = try float("softcap") ?? attributes.softcap
        attributes.localWindowSize = try integer("local_window_size") ?? attributes.localWindowSize
        attributes.isCausal = try flag("is_causal") ?? attributes.isCausal
        attributes.doRotary = try flag("do_rotary") ?? attributes.doRotary
        attributes.rotaryInterleaved =
            try flag("rotary_interleaved") ?? attributes.rotaryInterleaved
        attributes.qkNormEpsilon = try float("qk_norm_epsilon") ?? attributes.qkNormEpsilon
        attributes.keyQuantizationType = try choice("k_quant_type") ?? .none
        attributes.valueQuantizationType = try choice("v_quant_type") ?? .none
        attributes.keyCacheType = try text("k_cache_dtype") ?? attributes.keyCacheType
        attributes.valueCacheType = try text("v_cache_dtype") ?? attributes.valueCacheType
        attributes.cacheLayout = try choice("kv_cache_layout") ?? .separate
        attributes.valueHeadSize = try integer("v_head_size") ?? attributes.valueHeadSize
        attributes.rotaryOffset = try integer("rotary_offset") ?? attributes.rotaryOffset
        return attributes
    }

    /// The node's name, which may be empty.
    func name() throws(OnnxRuntimeError) -> String {
        var size = 0
        try table.check(ort_node_name(table.pointer)(info, nil, &size))
        var characters = [CChar](repeating: 0, count: size + 1)
        try table.check(ort_node_name(table.pointer)(info, &characters, &size))
        return characters.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    /// The ONNX element type of an input that the node has.
    func inputType(_ index: Int) throws(OnnxRuntimeError) -> Int32 {
        var type: OpaquePointer?
        try table.check(ort_kernel_input_type(table.pointer)(info, index, &type))
        guard let type else { return 0 }
        defer { ort_release_type_info(table.pointer)(type) }
        var tensor: OpaquePointer?
        try table.check(ort_tensor_info_of_type(table.pointer)(type, &tensor))
        guard let tensor else { return 0 }
        var elementType: Int32 = 0
        try table.check(ort_element_type(table.pointer)(tensor, &elementType))
        return elementType
    }

    /// The attributes that only a `SparsePagedAttention` node has.
    func readSparse() throws(OnnxRuntimeError) -> SparseSelection {
        var selection = SparseSelection()
        selection.mode = try choice("attention_mode") ?? selection.mode
        selection.source = try choice("selected_kv_source") ?? selection.source
        selection.isAuxiliaryShared =
            try flag("auxiliary_kv_shared") ?? selection.isAuxiliaryShared
        let layout = try text("auxiliary_cache_layout") ?? "contiguous"
        guard layout == "contiguous" else {
            throw OnnxRuntimeError(
                .invalidArgument("auxiliary_cache_layout must be contiguous, got '\(layout)'")
            )
        }
        return selection
    }

    /// All attributes of a `MatMulNBits` node.
    func readProduct() throws(OnnxRuntimeError) -> MatMulNBitsAttributes {
        let level = try integer("accuracy_level") ?? 0
        guard level == 4 else {
            throw OnnxRuntimeError(
                .notImplemented(
                    "MatMulNBits: accuracy_level must be 4, got \(level); leave the node to com.microsoft"
                )
            )
        }
        return MatMulNBitsAttributes(
            rowSize: try requiredInteger("K"),
            columnCount: try requiredInteger("N"),
            bits: try integer("bits") ?? 4,
            blockSize: try requiredInteger("block_size")
        )
    }

    private func requiredInteger(_ name: String) throws(OnnxRuntimeError) -> Int {
        guard let value = try integer(name) else {
            throw OnnxRuntimeError(.invalidArgument("PagedAttention: attribute \(name) is missing"))
        }
        return value
    }

    private func integer(_ name: String) throws(OnnxRuntimeError) -> Int? {
        var value: Int64 = 0
        let status = ort_attribute_integer(table.pointer)(info, name, &value)
        return try isPresent(name, status) ? Int(value) : nil
    }

    /// The operator's switches are on for 1 and off for every other number.
    private func flag(_ name: String) throws(OnnxRuntimeError) -> Bool? {
        try integer(name).map { $0 == 1 }
    }

    private func float(_ name: String) throws(OnnxRuntimeError) -> Float? {
        var value: Float = 0
        let status = ort_attribute_float(table.pointer)(info, name, &value)
        return try isPresent(name, status) ? value : nil
    }

    private func text(_ name: String) throws(OnnxRuntimeError) -> String? {
        var size = 0
        let status = ort_attribute_text(table.pointer)(info, name, nil, &size)
        guard try isPresent(name, status) else { return nil }
        var characters = [CChar](repeating: 0, count: size + 1)
        try table.check(ort_attribute_text(table.pointer)(info, name, &characters, &size))
        return characters.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) }
        }
    }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(OnnxRuntimeError) -> Choice? where Choice.RawValue == String {
        guard let text = try text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw OnnxRuntimeError(
                .invalidArgument("\(name) must be one of \(known), got '\(text)'")
            )
        }
        return choice
    }

    /// False for an attribute that the node does not have; an attribute of another type throws.
    private func isPresent(
        _ name: String,
        _ status: OpaquePointer?
    ) throws(OnnxRuntimeError) -> Bool {
        do {
            try table.check(status)
            return true
        } catch {
            // Both failures have one code; the text is the same from 1.18 to 1.32.
            if error.message.hasPrefix("No attribute") { return false }
            throw OnnxRuntimeError(
                .invalidArgument("PagedAttention: attribute \(name): \(error.message)")
            )
        }
    }
}
