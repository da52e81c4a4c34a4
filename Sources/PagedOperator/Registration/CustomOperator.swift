internal import COnnxRuntime
internal import PagedAttention

extension TypeCombination {
    /// Makes the structure through which ONNX Runtime sees the operator.
    ///
    /// ONNX Runtime keeps the pointer for as long as sessions live, so it is never freed.
    func makeCustomOperator(for table: OnnxRuntimeTable) -> UnsafePointer<ort_custom_operator> {
        let custom = UnsafeMutablePointer<paged_custom_operator>.allocate(capacity: 1)
        custom.initialize(
            to: paged_custom_operator(
                base: ort_custom_operator(),
                table: table.pointer,
                table_version: table.version,
                activation_type: activation.rawValue,
                cache_type: cache.rawValue,
                schema: schema.rawValue
            )
        )
        custom.pointee.base.describeCommon()
        describeSchema(&custom.pointee.base)
        describeShapes(&custom.pointee.base, table)
        describeAliases(&custom.pointee.base)
        describeKernel(&custom.pointee.base)
        return UnsafeRawPointer(custom).assumingMemoryBound(to: ort_custom_operator.self)
    }

    private func describeSchema(_ base: inout ort_custom_operator) {
        base.name = { own in constantText(own.schema.name) }
        base.input_count = { own in own.schema.inputCount }
        base.output_count = { _ in 3 }
        base.input_type = { own, index in
            own.combination?.inputType(index).rawValue ?? 0
        }
        base.output_type = { own, index in
            own.combination?.outputType(index).rawValue ?? 0
        }
        base.input_characteristic = { own, index in
            Int32(own.schema.isRequired(index) ? ORT_REQUIRED : ORT_OPTIONAL)
        }
        base.output_characteristic = { _, index in
            Int32(index == 0 ? ORT_REQUIRED : ORT_OPTIONAL)
        }
    }

    /// ONNX Runtime up to 1.23 ends the process when it describes a node that leaves an optional
    /// input out, so there the shape stays unknown.
    private func describeShapes(_ base: inout ort_custom_operator, _ table: OnnxRuntimeTable) {
        guard table.version >= 24 else { return }
        base.infer_output_shape = { own, context in
            let table = own.table
            return table.status { () throws(OnnxRuntimeError) in
                try ShapeInference(table: table, context: context).run()
            }
        }
    }

    /// Outputs 1 and 2 are the memory of inputs 3 and 4.
    private func describeAliases(_ base: inout ort_custom_operator) {
        base.aliases = { inputs, outputs in
            let pairs = UnsafeMutablePointer<Int32>.allocate(capacity: 4)
            (pairs[0], pairs[1], pairs[2], pairs[3]) = (3, 4, 1, 2)
            inputs.pointee = pairs
            outputs.pointee = pairs + 2
            return 2
        }
        base.release_aliases = { inputs, _ in inputs?.deallocate() }
    }

    private func describeKernel(_ base: inout ort_custom_operator) {
        base.create_kernel = { own, _, info, kernel in
            let table = own.table
            let types = own.types
            let schema = own.schema
            return table.status { () throws(OnnxRuntimeError) in
                let entries = try ConfigurationEntries(table: table, info: info)
                let created = try OperatorKernel(
                    table: table,
                    info: info,
                    schema: schema,
                    activationType: types.activation,
                    cacheType: types.cache,
                    switches: entries.switches()
                )
                kernel.pointee = Unmanaged.passRetained(created).toOpaque()
            }
        }
        base.compute = { kernel, context in
            Unmanaged<OperatorKernel>.fromOpaque(kernel)._withUnsafeGuaranteedRef { kernel in
                kernel.table.status { () throws(OnnxRuntimeError) in
                    try kernel.compute(context)
                }
            }
        }
        base.destroy_kernel = { kernel in
            guard let kernel else { return }
            Unmanaged<OperatorKernel>.fromOpaque(kernel).release()
        }
    }
}

extension UnsafePointer<ort_custom_operator> {
    fileprivate var own: paged_custom_operator {
        UnsafeRawPointer(self).assumingMemoryBound(to: paged_custom_operator.self).pointee
    }

    fileprivate var table: OnnxRuntimeTable {
        OnnxRuntimeTable(pointer: own.table, version: own.table_version)
    }

    fileprivate var schema: OperatorSchema { OperatorSchema(rawValue: own.schema) ?? .paged }

    fileprivate var types: (activation: Int32, cache: Int32) {
        (own.activation_type, own.cache_type)
    }

    fileprivate var combination: TypeCombination? {
        guard
            let activation = ElementType(rawValue: own.activation_type),
            let cache = ElementType(rawValue: own.cache_type)
        else { return nil }
        return TypeCombination(schema: schema, activation: activation, cache: cache)
    }
}
