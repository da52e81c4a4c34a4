import ArgumentParser
import Foundation

/// A size on the command line: `1048576`, `512K`, `512M`, `2G`.
struct ByteCount: ExpressibleByArgument, CustomStringConvertible, Equatable {
    let bytes: Int

    init(_ bytes: Int) {
        self.bytes = bytes
    }

    init?(argument: String) {
        let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let shift = argument.last.flatMap { shifts[Character($0.uppercased())] }
        guard let number = Int(shift == nil ? argument[...] : argument.dropLast()), number > 0
        else { return nil }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        guard !overflows else { return nil }
        self.bytes = bytes
    }

    /// The shortest exact form.
    var description: String {
        for (letter, shift) in [("G", 30), ("M", 20), ("K", 10)]
        where bytes.isMultiple(of: 1 << shift) {
            return "\(bytes >> shift)\(letter)"
        }
        return "\(bytes)"
    }

    /// Two or three digits of it.
    var rounded: String {
        for (letter, shift) in [("G", 30), ("M", 20), ("K", 10)] where bytes >> shift > 0 {
            let value = Double(bytes) / Double(1 << shift)
            return value < 10
                ? String(format: "%.1f%@", value, letter) : "\(Int(value.rounded()))\(letter)"
        }
        return "\(bytes)"
    }

    var defaultValueDescription: String { description }
}
