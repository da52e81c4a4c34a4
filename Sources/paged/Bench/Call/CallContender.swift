import PagedAttention
import PagedKernels
import PagedRuntime

/// Something whose calls are timed.
protocol CallContender {
    /// One call.
    func run() throws
}

/// A call as ONNX Runtime makes it: a session whose one node is the operator, caches bound as
/// inputs and as outputs.
struct SessionCall: CallContender {
    private let binding: Binding

    init(
        _ workload: CallWorkload,
        _ memory: CallMemory,
        _ library: OnnxRuntimeLibrary,
        threads: Int
    ) throws {
        var model = OneNodeModel("PagedAttention", domain: "com.microsoft")
        model.set("num_heads", workload.heads.query)
        model.set("kv_num_heads", workload.heads.keyValue)
        for tensor in memory.inputs {
            model.addInput(tensor.name, tensor.buffer.elementType, rank: tensor.shape.count)
        }
        model.addOutput(memory.output.name, .float16, rank: 2)
        for tensor in memory.caches {
            model.addOutput(tensor.name + "_out", .float16, rank: tensor.shape.count)
        }
        binding = try Binding(session: makeSession(model, library, threads: threads))
        for tensor in memory.inputs {
            try binding.bindInput(tensor.name, makeValue(tensor, library))
        }
        try binding.bindOutput(memory.output.name, makeValue(memory.output, library))
        for tensor in memory.caches {
            try binding.bindOutput(tensor.name + "_out", makeValue(tensor, library))
        }
    }

    func run() throws { try binding.run() }
}

/// The same call without ONNX Runtime.
struct DirectCall: CallContender {
    private let attention: PagedAttentionOperator
    private let pool: ThreadPool
    private let memory: CallMemory
    private let inputs: AttentionInputs
    private let output: TensorView

    init(_ workload: CallWorkload, _ memory: CallMemory, threads: Int) throws {
        attention = try PagedAttentionOperator(
            attributes: AttentionAttributes(
                headCount: workload.heads.query,
                keyValueHeadCount: workload.heads.keyValue
            ),
            activationType: .float16,
            cacheType: .float16
        )
        pool = ThreadPool(threadCount: threads)
        self.memory = memory
        inputs = memory.attentionInputs
        output = memory.output.view
    }

    func run() throws {
        let shape = try attention.shape(of: inputs)
        try attention.run(shape, inputs, output: output, executor: pool)
    }
}

/// What ONNX Runtime needs for a node that does next to nothing: an operator of ONNX's own on
/// tensors of one element.
struct TrivialCall: CallContender {
    private let binding: Binding

    init(
        _ operatorName: String,
        inputs: Int,
        _ library: OnnxRuntimeLibrary,
        threads: Int
    ) throws {
        var model = OneNodeModel(operatorName)
        if inputs > 1 { model.set("axis", 0) }
        for index in 0..<inputs { model.addInput("x\(index)", .float32, rank: 1) }
        model.addOutput("y", .float32, rank: 1)
        binding = try Binding(session: makeSession(model, library, threads: threads))
        for index in 0..<inputs {
            let buffer = try TensorBuffer(elementType: .float32, capacity: 1)
            try binding.bindInput("x\(index)", TensorValue([1], in: buffer, library: library))
        }
        let buffer = try TensorBuffer(elementType: .float32, capacity: inputs)
        try binding.bindOutput("y", TensorValue([inputs], in: buffer, library: library))
    }

    func run() throws { try binding.run() }
}

private func makeSession(
    _ model: OneNodeModel,
    _ library: OnnxRuntimeLibrary,
    threads: Int
) throws -> Session {
    var options = SessionOptions()
    options.intraOpThreads = threads
    return try Session(
        library: library,
        model: model.bytes(),
        name: "the model of one node",
        options: options
    )
}

private func makeValue(
    _ tensor: CallMemory.Tensor,
    _ library: OnnxRuntimeLibrary
) throws -> TensorValue {
    try TensorValue(tensor.shape, in: tensor.buffer, library: library)
}
