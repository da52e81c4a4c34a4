/// What the driver says of a GPU before anybody uses it.
package struct CUDADeviceProperties: Sendable {
    /// As the driver's functions take it.
    let number: Int32
    /// The marketing name, such as "NVIDIA H100 80GB HBM3".
    package let name: String
    /// What it can do.
    package let architecture: CUDAArchitecture
    let multiprocessorCount: Int
    /// Bytes of memory.
    package let memory: Int
    let sharedMemoryPerBlock: Int

    // Numbers of CUdevice_attribute.
    private enum Attribute: Int32 {
        case multiprocessorCount = 16
        case capabilityMajor = 75
        case capabilityMinor = 76
        case sharedMemoryPerBlock = 97
    }

    /// Of a device by its place in the driver's list.
    package init(_ driver: CUDADriver, ordinal: Int) throws(CUDAError) {
        let functions = driver.functions
        let count = try driver.deviceCount()
        guard (0..<count).contains(ordinal) else {
            let found = count == 0 ? "none" : "\(count), numbered from 0"
            throw CUDAError(
                .driver(100),
                "there is no GPU \(ordinal): the driver lists \(found); \(CUDAError.advice(100))"
            )
        }
        var number: Int32 = 0
        try driver.check(functions.device(&number, Int32(ordinal)), "cuDeviceGet")
        func attribute(_ attribute: Attribute) throws(CUDAError) -> Int {
            var value: Int32 = 0
            let code = functions.deviceAttribute(&value, attribute.rawValue, number)
            try driver.check(code, "cuDeviceGetAttribute", "\(attribute)")
            return Int(value)
        }
        var letters = [CChar](repeating: 0, count: 256)
        try driver.check(functions.deviceName(&letters, 255, number), "cuDeviceGetName")
        name = String(decoding: letters.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        var memory = 0
        try driver.check(functions.deviceMemory(&memory, number), "cuDeviceTotalMem")
        self.memory = memory
        architecture = CUDAArchitecture(
            major: try attribute(.capabilityMajor),
            minor: try attribute(.capabilityMinor)
        )
        multiprocessorCount = try attribute(.multiprocessorCount)
        sharedMemoryPerBlock = try attribute(.sharedMemoryPerBlock)
        self.number = number
    }
}
