#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// PTX that the package carries for machines without a compiler.
enum CommittedModule {
    /// The module that has a function and the newest instructions of those that a GPU can run.
    ///
    /// - Returns: PTX text, which ends with a zero byte and stays.
    static func text(
        of function: String,
        for architecture: CUDAArchitecture
    ) -> UnsafeRawBufferPointer? {
        let entry = ".entry \(function)("
        return KernelTexts.modules.texts
            .compactMap { module -> (number: Int, text: UnsafeTexts.Text)? in
                guard let number = number(of: module), number <= architecture.number,
                    strstr(module.text, entry) != nil
                else { return nil }
                return (number, module)
            }
            .max { $0.number < $1.number }
            .map { UnsafeRawBufferPointer(start: $0.text.text, count: $0.text.byteCount + 1) }
    }

    /// 80 of `compute_80_float16_float16`, and 90 of `compute_90a_float16_float16`, whose functions nobody asks for
    /// on other GPUs.
    private static func number(of module: UnsafeTexts.Text) -> Int? {
        String(cString: module.name).split(separator: "_").dropFirst().first
            .flatMap { Int($0.prefix(while: \.isNumber)) }
    }
}
