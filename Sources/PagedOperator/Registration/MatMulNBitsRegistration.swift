internal import COnnxRuntime
package import PagedAttention

/// `MatMulNBits` for one type of activations, as ONNX Runtime sees it: the inputs and attributes of
/// `com.microsoft::MatMulNBits`, in our own domain.
package struct MatMulNBitsRegistration: Equatable, Sendable {
    /// The type of A, the scales, the bias and the output.
    package let activation: ElementType

    /// The operator's name.
    package static let name: StaticString = "MatMulNBits"

    /// One for each type of activations.
    static let all = [ElementType.float32, .float16, .bfloat16].map {
        MatMulNBitsRegistration(activation: $0)
    }

    /// A, B, scales, zero_points, g_idx and bias.
    private func inputType(_ index: Int) -> ElementType {
        switch index {
        case 1, 3: .uint8
        case 4: .int32
        default: activation
        }
    }

    /// Makes the structure through which ONNX Runtime sees the operator; see
    /// ``TypeCombination/makeCustomOperator(for:)``.
    func makeCustomOperator(for table: OnnxRuntimeTable) -> UnsafePointer<ort_custom_operator> {
        let custom = UnsafeMutablePointer<paged_custom_operator>.allocate(capacity: 1)
        custom.initialize(
            to: paged_custom_operator(
                base: ort_custom_operator(),
                table: table.pointer,
                table_version: table.version,
                activation_type: activation.rawValue,
                cache_type: 0,
                schema: 0
            )
        )
        custom.pointee.base.describeCommon()
        describeSchema(&custom.pointee.base)
        describeShapes(&custom.pointee.base, table)
        describeKernel(&custom.pointee.base)
        return UnsafeRawPointer(custom).assumingMemoryBound(to: ort_custom_operator.self)
    }

    private func describeSchema(_ base: inout ort_custom_operator) {
        base.name = { _ in constantText(MatMulNBitsRegistration.name) }
        base.input_count = { _ in 6 }
        base.output_count = { _ in 1 }
        base.input_type = { own, index in own.registration?.inputType(index).rawValue ?? 0 }
        base.output_type = { own, _ in own.registration?.activation.rawValue ?? 0 }
        base.input_characteristic = { _, index in
            Int32(index < 3 ? ORT_REQUIRED : ORT_OPTIONAL)
        }
        base.output_characteristic = { _, _ in Int32(ORT_REQUIRED) }
    }

    /// Since ONNX Runtime 1.24; see ``TypeCombination``.
    private func describeShapes(_ base: inout ort_custom_operator, _ table: OnnxRuntimeTable) {
        guard table.version >= 24 else { return }
        base.infer_output_shape = { own, context in
            let table = own.onnxRuntime
            return table.status { () throws(OnnxRuntimeError) in
                try ShapeInference(table: table, context: context).runProduct()
            }
        }
    }

    private func describeKernel(_ base: inout ort_custom_operator) {
        base.create_kernel = { own, _, info, kernel in
            let table = own.onnxRuntime
            let activation = own.registration?.activation ?? .float32
            return table.status { () throws(OnnxRuntimeError) in
                let node = try MatMulNBitsNode(table: table, info: info, activation)
                kernel.pointee = Unmanaged.passRetained(node).toOpaque()
            }
        }
        base.compute = { node, context in
            Unmanaged<MatMulNBitsNode>.fromOpaque(node)._withUnsafeGuaranteedRef { node in
                node.table.status { () throws(OnnxRuntimeError) in try node.compute(context) }
            }
        }
        base.destroy_kernel = { node in
            guard let node else { return }
            Unmanaged<MatMulNBitsNode>.fromOpaque(node).release()
        }
    }
}

extension UnsafePointer<ort_custom_operator> {
    private var own: paged_custom_operator {
        UnsafeRawPointer(self).assumingMemoryBound(to: paged_custom_operator.self).pointee
    }

    fileprivate var onnxRuntime: OnnxRuntimeTable {
        OnnxRuntimeTable(pointer: own.table, version: own.table_version)
    }

    fileprivate var registration: MatMulNBitsRegistration? {
        ElementType(rawValue: own.activation_type).map { MatMulNBitsRegistration(activation: $0) }
    }
}
