import Foundation
import Synchronization

/// The program of Tests/ARM64Program under an emulator: the kernels of arm64 on another processor.
enum ARM64Program {
    /// Why a call got no answer.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Running: @unchecked Sendable {
        let process: Process
        let input: FileHandle
        let output: FileHandle
    }

    private static let running = Mutex<Running?>(nil)
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL
    private static let program = root.appending(path: "build/arm64/program")

    /// Why there is no program, as Scripts/arm64.sh left it.
    static let absence: String = {
        let file = root.appending(path: "build/arm64/skipped")
        let reason = try? String(contentsOf: file, encoding: .utf8)
        return reason ?? "Scripts/arm64.sh has not built the arm64 kernels as they are"
    }()

    /// Whether Scripts/arm64.sh has built the program from the kernels as they are.
    static let isCurrent: Bool = {
        guard let built = date(program) else { return false }
        let sources = ["Sources/PagedKernelSources", "Sources/CPagedVector/include"].flatMap {
            let folder = root.appending(path: $0)
            return
                (try? FileManager.default.contentsOfDirectory(
                    at: folder,
                    includingPropertiesForKeys: nil
                )) ?? []
        }
        return sources.allSatisfy { date($0).map { $0 <= built } ?? false }
    }()

    /// Hands the program a message and waits for its answer of so many bytes. A program that has ended
    /// is started again by the next call.
    static func answer(to message: Data, byteCount: Int) throws -> [UInt8] {
        try running.withLock { running in
            let current = try running ?? start()
            running = nil
            do {
                try current.input.write(contentsOf: message)
            } catch {
                throw ended(current)
            }
            var answer: [UInt8] = []
            while answer.count < byteCount {
                let more = try current.output.read(upToCount: byteCount - answer.count) ?? Data()
                guard !more.isEmpty else { throw ended(current) }
                answer.append(contentsOf: more)
            }
            running = current
            return answer
        }
    }

    private static func start() throws -> Running {
        // Writing to a program that has ended is an error, not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["qemu-aarch64", program.path]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        return Running(
            process: process,
            input: input.fileHandleForWriting,
            output: output.fileHandleForReading
        )
    }

    private static func ended(_ running: Running) -> Failure {
        running.process.waitUntilExit()
        return Failure(description: "the program ended with \(running.process.terminationStatus)")
    }

    private static func date(_ file: URL) -> Date? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        return attributes?[.modificationDate] as? Date
    }
}
