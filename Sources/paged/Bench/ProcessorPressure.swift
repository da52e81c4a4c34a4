import Foundation

/// How long work waited for a processor, as Linux counts it: tells a quiet round from a busy one.
struct ProcessorPressure {
    /// A round is clean when work waited for less than this share of it.
    static let cleanShare = 0.02

    /// Seconds since the machine started in which some work waited; nil where nobody counts them.
    static var waitedSeconds: Double? {
        // "some avg10=0.00 avg60=0.00 avg300=0.00 total=97777909", in microseconds.
        guard let text = try? String(contentsOfFile: "/proc/pressure/cpu", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("some") }),
            let word = line.split(separator: " ").last(where: { $0.hasPrefix("total=") }),
            let microseconds = Double(word.dropFirst("total=".count))
        else { return nil }
        return microseconds * 1e-6
    }

    /// Seconds in which work waited while `measured` seconds were measured.
    private var waited = 0.0
    private var measured = 0.0
    private var isCounted = true

    /// Runs a turn of the round and counts it.
    mutating func count<Result>(_ turn: () throws -> Result) rethrows -> Result {
        let clock = ContinuousClock()
        let before = Self.waitedSeconds
        let begin = clock.now
        let result = try turn()
        measured += (clock.now - begin) / .seconds(1)
        if let before, let after = Self.waitedSeconds {
            waited += after - before
        } else {
            isCounted = false
        }
        return result
    }

    /// The share of the time counted so far in which work waited; nil where nobody counts.
    var share: Double? {
        isCounted && measured > 0 ? waited / measured : nil
    }
}
