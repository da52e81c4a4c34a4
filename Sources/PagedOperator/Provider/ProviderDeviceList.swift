internal import COnnxRuntime
internal import PagedAttention
internal import PagedCUDA

/// The devices on which the provider runs, written where ONNX Runtime wants them.
struct ProviderDeviceList {
    private let factory: UnsafeMutablePointer<ort_provider_factory>
    private let tables: ProviderTables
    private let out: UnsafeMutablePointer<OpaquePointer?>
    private let capacity: Int
    /// How many there are so far.
    private(set) var count = 0

    init(
        _ factory: UnsafeMutablePointer<ort_provider_factory>,
        _ tables: ProviderTables,
        _ out: UnsafeMutablePointer<OpaquePointer?>,
        _ capacity: Int
    ) {
        self.factory = factory
        self.tables = tables
        self.out = out
        self.capacity = capacity
    }

    /// Adds the processors among the hardware that ONNX Runtime lists, then every GPU of the driver.
    ///
    /// ONNX Runtime does not say which of several GPUs is which of the driver's. So it is its own device
    /// that stands for a GPU only where there is one of each.
    mutating func add(_ hardware: [OpaquePointer]) throws(OnnxRuntimeError) {
        let table = tables.main
        for device in hardware where ort_hardware_kind(table.pointer)(device) == ORT_PROCESSOR {
            try add(device, [:])
        }
        let known = hardware.filter {
            ort_hardware_kind(table.pointer)($0) == ORT_GPU
                && ort_hardware_vendor(table.pointer)($0) == GPU.vendor
        }
        let gpus = try GPUList.list(for: tables)
        for gpu in gpus {
            let device = known.count == 1 && gpus.count == 1 ? known[0] : gpu.hardware
            let metadata = [
                GPU.ordinalKey: "\(gpu.ordinal)",
                "name": gpu.properties.name,
                "architecture": "\(gpu.properties.architecture)",
            ]
            try add(device, metadata, gpu.memory)
        }
    }

    /// The GPU of a session, by the metadata of its devices; nil for the processor.
    static func gpu(
        of devices: [OpaquePointer],
        _ tables: ProviderTables
    ) throws(OnnxRuntimeError) -> GPU? {
        guard devices.count < 2 else {
            throw OnnxRuntimeError(
                .invalidArgument(
                    "\(ProviderFactory.name) runs a session on one device, got \(devices.count): give "
                        + "add_provider_for_devices one of them"
                )
            )
        }
        guard let device = devices.first else { return nil }
        let values = ConfigurationEntries.values(of: device, tables.main)
        guard let ordinal = values[GPU.ordinalKey].flatMap({ Int($0) }) else { return nil }
        return try GPUList.list(for: tables).first { $0.ordinal == ordinal }
    }

    private mutating func add(
        _ hardware: OpaquePointer,
        _ metadata: [String: String],
        _ memory: OpaquePointer? = nil
    ) throws(OnnxRuntimeError) {
        guard count < capacity else { return }
        let table = tables.main
        var pairs: OpaquePointer?
        ort_create_pairs(table.pointer)(&pairs)
        guard let pairs else { return }
        defer { ort_release_pairs(table.pointer)(pairs) }
        for (key, value) in metadata { ort_add_pair(table.pointer)(pairs, key, value) }
        var device: OpaquePointer?
        try table.check(
            ort_create_provider_device(tables.provider)(factory, hardware, pairs, nil, &device)
        )
        if let device, let memory {
            try table.check(ort_add_device_memory(tables.provider)(device, memory))
        }
        out[count] = device
        count += 1
    }
}
