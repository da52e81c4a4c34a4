internal import COnnxRuntime

extension ShapeInference {
    /// Infers the output of a `MatMulNBits` node: the shape of A, with N in place of K.
    func runProduct() throws(OnnxRuntimeError) {
        guard let a = try input(0), let columns = try attribute("N") else { return }
        var rank = 0
        try table.check(ort_dimension_count(table.pointer)(a, &rank))
        // An A of unknown rank is described like a scalar.
        guard rank > 0 else { return }
        var dimensions = [Int64](repeating: -1, count: rank)
        var names = [UnsafePointer<CChar>?](repeating: nil, count: rank)
        try table.check(ort_dimensions(table.pointer)(a, &dimensions, rank))
        try table.check(ort_symbolic_dimensions(table.pointer)(a, &names, rank))
        dimensions[rank - 1] = columns
        // A dimension without a name has an empty one.
        names[rank - 1] = constantText("")
        try setOutput(like: a, dimensions: &dimensions, names: &names)
    }
}
