import Foundation
import PagedModel

/// Questions on standard input and answers on standard output, a line of JSON each.
enum JSONLines {
    /// Why a line got no answer.
    private struct Refusal: Encodable {
        let error: String
    }

    /// Answers every line until the input ends; one that cannot be answered gets `{"error": ...}`.
    static func answer(_ answer: (_ line: String) throws -> some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .withoutEscapingSlashes
        var number = 0
        while let line = readLine() {
            number += 1
            if line.isEmpty { continue }
            var json: Data
            do {
                json = try encoder.encode(try answer(line))
            } catch let error as DecodingError {
                json = try encoder.encode(Refusal(error: "line \(number): \(error.summary)"))
            } catch {
                json = try encoder.encode(Refusal(error: "\(error)"))
            }
            json.append(UInt8(ascii: "\n"))
            try FileHandle.standardOutput.write(contentsOf: json)
        }
    }
}
