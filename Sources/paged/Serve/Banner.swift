import Foundation
import PagedEngine
import PagedModel
import PagedServer

/// What `paged serve` prints at the start: its settings, then how to talk to it.
struct Banner {
    let model: ServedModel
    let configuration: ServerConfiguration
    let engine: EngineOptions

    /// Every setting, once.
    var settings: String {
        let description = model.generator.model
        let statistics = model.generator.statistics()
        let rows =
            [
                (
                    "model",
                    "\(description.name), \(description.vocabularySize) tokens, "
                        + "context \(description.maximumSequenceLength)"
                ),
                ("folder", engine.model ?? "the built-in model"),
                ("chat template", model.chatTemplate == nil ? "none" : "the model's"),
                (
                    "cache",
                    "\(statistics.blockCount) blocks of \(statistics.blockSize) tokens in "
                        + "\(engine.kvCacheMemory), prefix cache \(engine.noPrefixCache ? "off" : "on")"
                ),
            ] + memory + [
                (
                    "step",
                    "at most \(engine.maxTokensPerStep) tokens of \(engine.maxSequences) requests, "
                        + "\(threads) thread\(threads == 1 ? "" : "s")"
                ),
                ("queue", "\(engine.maxQueue) requests"),
                (
                    "HTTP",
                    "bodies up to \(ByteCount(configuration.maximumBodySize)), "
                        + "\(configuration.maximumConnections) connections, "
                        + "\(keys), drain \(Int(configuration.drainTime.seconds)) s"
                ),
            ] + allowed
        return "paged \(Version.current)\n"
            + rows.map { "  \(padded($0.0))\($0.1)\n" }.joined()
    }

    /// Who else may use it.
    private var allowed: [(String, String)] {
        [("origins", configuration.allowedOrigins), ("hosts", configuration.allowedHosts)]
            .filter { !$0.1.isEmpty }
            .map { ($0.0, $0.1.joined(separator: ", ")) }
    }

    /// Where memory goes, and what fits.
    private var memory: [(String, String)] {
        guard let plan = (model.generator as? Engine)?.memory else { return [] }
        let (weights, cache) = (ByteCount(plan.weightBytes), ByteCount(plan.cacheBytes))
        let (steps, machine) = (ByteCount(plan.stepBytes), ByteCount(plan.machineBytes))
        let requests = plan.longestRequests
        return [
            (
                "memory",
                "weights \(weights.rounded), cache \(cache.rounded), steps \(steps.rounded), "
                    + "of \(machine.rounded) that the machine has"
            ),
            (
                "fits",
                "\(plan.tokens) tokens: \(requests) request\(requests == 1 ? "" : "s") of "
                    + "\(plan.longestRequest), or more shorter ones"
            ),
        ]
    }

    /// The address and two ways to use it, which work as pasted.
    func invitation(port: Int) -> String {
        let url = "http://\(reachableHost):\(port)"
        return """

            Listening on \(url)  (Ctrl-C stops)
            \(warning)\(configuration.apiKeys.isEmpty ? "" : "Replace YOUR_KEY with an API key.\n")
            \(curl(url))

            \(python(url))


            """
    }

    /// What goes on after the first signal.
    func farewell(requests: Int) -> String {
        "Draining \(requests) request\(requests == 1 ? "" : "s") for up to "
            + "\(Int(configuration.drainTime.seconds)) s; press Ctrl-C again to stop now."
    }

    /// Those asked for, or one per processor.
    private var threads: Int { engine.threads ?? ProcessInfo.processInfo.activeProcessorCount }

    private var keys: String {
        switch configuration.apiKeys.count {
        case 0: "no API key needed"
        case 1: "1 API key"
        case let count: "\(count) API keys"
        }
    }

    /// For servers that everybody who reaches the machine may use.
    private var warning: String {
        return hasKeys || configuration.listensOnLoopback
            ? ""
            : "Warning: everybody who reaches \(configuration.host) may use it; see --api-key-file.\n"
    }

    private var hasKeys: Bool { !configuration.apiKeys.isEmpty }
    private var chats: Bool { model.chatTemplate != nil }

    /// An address that clients on this machine can use.
    private var reachableHost: String {
        switch configuration.host {
        case "0.0.0.0": "127.0.0.1"
        case "::": "[::1]"
        case let host where host.contains(":"): "[\(host)]"
        case let host: host
        }
    }

    private func curl(_ url: String) -> String {
        let key = hasKeys ? " -H 'Authorization: Bearer YOUR_KEY'" : ""
        // A quote inside a shell's quotes: end them, a quoted quote, begin them again.
        let name = quotedName.replacing("'", with: #"'\''"#)
        let prompt =
            chats ? #""messages":[{"role":"user","content":"Hello!"}]"# : #""prompt":"Hello""#
        return """
            curl \(url)/v1/\(chats ? "chat/" : "")completions\(key) \
            -H 'Content-Type: application/json' -d '{"model":\(name),\(prompt),\
            "max_tokens":64,"temperature":0}'
            """
    }

    private func python(_ url: String) -> String {
        let call = chats ? "chat.completions" : "completions"
        let prompt =
            chats ? #"messages=[{"role": "user", "content": "Hello!"}]"# : #"prompt="Hello""#
        let text = chats ? "delta.content" : "text"
        return """
            from openai import OpenAI
            client = OpenAI(base_url="\(url)/v1", api_key="\(hasKeys ? "YOUR_KEY" : "none")")
            for chunk in client.\(call).create(
                model=\(quotedName), \(prompt), max_tokens=64, temperature=0, stream=True
            ):
                print(chunk.choices[0].\(text) or "", end="", flush=True)
            """
    }

    /// The model's name as JSON, which is how Python writes strings too.
    private var quotedName: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let json = try? encoder.encode(model.name)
        return String(decoding: json ?? Data(), as: UTF8.self)
    }

    private func padded(_ word: String) -> String {
        word + String(repeating: " ", count: max(1, 15 - word.count))
    }
}
