import Foundation

extension ServerSources {
    /// The system's clock and random numbers.
    package static let system = ServerSources(
        makeIdentifier: {
            var generator = SystemRandomNumberGenerator()
            return (0..<2).map { _ in
                let digits = String(generator.next(), radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
        },
        secondsSince1970: { Int(Date().timeIntervalSince1970) }
    )
}
