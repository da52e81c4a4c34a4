import Foundation
import PagedAttention
import PagedGraph
import PagedRuntime

/// Nodes of one size that read one tensor, each with weights of its own.
struct ProductModel {
    let attributes: MatMulNBitsAttributes
    let nodeCount: Int

    private static let totalBytes = 160 << 20

    init(rowSize: Int, columns: Int) {
        attributes = MatMulNBitsAttributes(rowSize: rowSize, columnCount: columns, blockSize: 32)
        let codes = attributes.blockCount * columns * 16
        let scales = attributes.blockCount * columns * 4
        nodeCount = max(1, Self.totalBytes / (codes + scales))
        byteCount = codes + scales
    }

    /// Bytes of the codes and scales of a node.
    let byteCount: Int

    /// The model with the operator of a domain.
    func bytes(domain: String) throws -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        var model = OneNodeModel("MatMulNBits", domain: domain)
        model.set("K", attributes.rowSize)
        model.set("N", attributes.columnCount)
        model.set("bits", attributes.bits)
        model.set("block_size", attributes.blockSize)
        model.set("accuracy_level", 4)
        model.addInput("a", .float32, rank: 2)
        model.addOutput("y", .float32, rank: 2)
        return try model.bytes(copies: nodeCount) { copy in
            let blocks = attributes.blockCount * attributes.columnCount
            let codes = (0..<blocks * 2).map { _ in random.next() }
            let scales = [Float](repeating: 0.01, count: blocks)
            let shape = [attributes.columnCount, attributes.blockCount]
            return [
                ("codes\(copy)", .uint8, shape + [16], codes.withUnsafeBytes { Data($0) }),
                ("scales\(copy)", .float32, shape, scales.withUnsafeBytes { Data($0) }),
            ]
        }
    }
}

/// A session of all nodes.
struct ProductSession {
    private let session: Session
    private let model: ProductModel
    private let library: OnnxRuntimeLibrary

    init(
        _ model: ProductModel,
        domain: String,
        _ library: OnnxRuntimeLibrary,
        threads: Int
    ) throws {
        var options = SessionOptions()
        options.intraOpThreads = threads
        self.model = model
        self.library = library
        session = try Session(
            library: library,
            model: model.bytes(domain: domain),
            name: "the model of products",
            options: options
        )
    }

    /// Random rows, and memory for what every node makes of them.
    func binding(rows: Int) throws -> Binding {
        let binding = try Binding(session: session)
        let (rowSize, columns) = (model.attributes.rowSize, model.attributes.columnCount)
        let a = try TensorBuffer(elementType: .float32, capacity: rows * rowSize)
        let view = TensorView(
            base: a.base,
            elementType: .float32,
            shape: TensorShape(rows, rowSize)
        )
        for index in 0..<rows * rowSize { view.store(.random(in: -1...1), at: index) }
        try binding.bindInput("a", TensorValue([rows, rowSize], in: a, library: library))
        // One node after the other writes the same memory.
        let y = try TensorBuffer(elementType: .float32, capacity: rows * columns)
        for copy in 0..<model.nodeCount {
            try binding.bindOutput(
                "y\(copy)",
                TensorValue([rows, columns], in: y, library: library)
            )
        }
        return binding
    }
}
