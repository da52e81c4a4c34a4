#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension TemplateEvaluator {
    private static let functions: Set<String> = [
        "namespace", "range", "dict", "raise_exception", "strftime_now",
    ]
    private static let maximumRange = 100_000

    static func knowsFunction(_ name: String) -> Bool { functions.contains(name) }

    func callFunction(
        _ name: String,
        _ arguments: CallValues
    ) throws(TemplateError) -> RuntimeValue {
        switch name {
        case "namespace":
            let namespace = makeNamespace()
            for (key, value) in try members(arguments, of: name) {
                namespace.members[key.written.string] = value
            }
            return .namespace(namespace)
        case "dict":
            let dictionary = DictionaryReference()
            for (key, value) in try members(arguments, of: name) { dictionary.set(key, value) }
            return .dictionary(dictionary)
        case "range": return try range(arguments)
        case "raise_exception":
            let message = try arguments.bound(to: ["message"], of: name)[0]
            throw .raised(try text(message ?? .none).string)
        case "strftime_now":
            let format = try arguments.bound(to: ["format"], of: name)[0]
            return .text(formattedTime(try text(format, "the format of \(name)")?.string ?? ""))
        default: throw .failed("\(name) is undefined")
        }
    }

    /// The members of `dict(mapping, name=value)`.
    private func members(
        _ arguments: CallValues,
        of name: String
    ) throws(TemplateError) -> [(RuntimeValue, RuntimeValue)] {
        var members: [(RuntimeValue, RuntimeValue)] = []
        for value in arguments.positional {
            guard case .dictionary(let dictionary) = value else {
                throw .failed("\(name) takes a dict, not \(value.typeName)")
            }
            members += dictionary.members.map { ($0.key, $0.value) }
        }
        return members + arguments.named.map { (.text($0.name), $0.value) }
    }

    private func range(_ arguments: CallValues) throws(TemplateError) -> RuntimeValue {
        var bounds: [Int] = []
        for value in try arguments.bound(to: ["start", "stop", "step"], of: "range") {
            if let bound = try integer(value, "a bound of range") { bounds.append(bound) }
        }
        guard let first = bounds.first else { throw .failed("range takes a bound") }
        let start = bounds.count > 1 ? first : 0
        let stop = bounds.count > 1 ? bounds[1] : first
        let step = bounds.count > 2 ? bounds[2] : 1
        guard step != 0 else { throw .failed("a range step of zero") }
        guard Double(stop) - Double(start) <= Double(Self.maximumRange) * abs(Double(step)),
            Double(start) - Double(stop) <= Double(Self.maximumRange) * abs(Double(step))
        else { throw .limitExceeded("\(Self.maximumRange) numbers in a range") }
        let numbers = stride(from: start, to: stop, by: step).map(RuntimeValue.integer)
        try spend(numbers.count * 16)
        return .list(numbers)
    }

    /// The local time as C's `strftime` writes it.
    private func formattedTime(_ format: String) -> String {
        var seconds = time_t(time)
        var fields = tm()
        guard localtime_r(&seconds, &fields) != nil else { return "" }
        var buffer = [CChar](repeating: 0, count: 1024)
        let count = strftime(&buffer, buffer.count, format, &fields)
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
