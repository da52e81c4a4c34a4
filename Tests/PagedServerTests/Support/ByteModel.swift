import Foundation
import PagedEngine
import PagedSampling
import PagedServer
import PagedText

/// A model for tests whose tokens are bytes: token 72 is "H". Four special tokens follow.
enum ByteModel {
    static let end: Int32 = 256
    static let specials = ["<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    static let vocabularySize = 256 + specials.count

    static let template = """
        {% for message in messages %}{% if message['role'] == 'user' %}<|user|>\
        {% elif message['role'] == 'system' %}<|system|>{% else %}<|assistant|>{% endif %}\
        {{ message['content'] }}<|end|>{% endfor %}\
        {% if add_generation_prompt %}<|assistant|>{% endif %}
        """

    static func description(maximumSequenceLength: Int = 512) -> ModelDescription {
        ModelDescription(
            name: "bytes",
            vocabularySize: vocabularySize,
            maximumSequenceLength: maximumSequenceLength,
            endOfSequenceTokens: [end]
        )
    }

    static func served(
        _ generator: any TokenGenerator,
        template: String? = template,
        tokenizer: Result<Tokenizer, any Error> = tokenizer,
        maximumRequests: Int? = nil
    ) throws -> ServedModel {
        ServedModel(
            generator: generator,
            tokenizer: try tokenizer.get(),
            chatTemplate: try template.map {
                try ChatTemplate(source: $0, bosToken: nil, eosToken: "<|end|>")
            },
            maximumRequests: maximumRequests
        )
    }

    static let tokenizer = Result {
        try Tokenizer(json: JSONSerialization.data(withJSONObject: tokenizerJSON))
    }

    /// The same, but with `<|system|>` as the token for a text's start.
    static let startingTokenizer = Result {
        var json = tokenizerJSON
        json["post_processor"] =
            [
                "type": "TemplateProcessing",
                "single": [
                    ["SpecialToken": ["id": "<|system|>", "type_id": 0]],
                    ["Sequence": ["id": "A", "type_id": 0]],
                ],
                "pair": [Any](),
                "special_tokens": [
                    "<|system|>": ["id": "<|system|>", "ids": [259], "tokens": ["<|system|>"]]
                ],
            ] as [String: Any]
        return try Tokenizer(json: JSONSerialization.data(withJSONObject: json))
    }

    /// The tokens of a text.
    static func tokens(_ text: String) -> [Int32] { text.utf8.map(Int32.init) }

    private static var tokenizerJSON: [String: Any] {
        var vocabulary: [String: Int] = [:]
        for byte in 0..<256 { vocabulary[alphabet[byte]] = byte }
        return [
            "model": ["type": "BPE", "vocab": vocabulary, "merges": [String]()] as [String: Any],
            "added_tokens": specials.enumerated().map { index, text in
                [
                    "id": 256 + index, "content": text, "special": true, "normalized": false,
                    "lstrip": false, "rstrip": false, "single_word": false,
                ] as [String: Any]
            },
            "pre_tokenizer": [
                "type": "ByteLevel", "add_prefix_space": false, "use_regex": true,
            ] as [String: Any],
            "decoder": ["type": "ByteLevel"],
        ]
    }

    /// GPT-2's printable stand-ins for bytes.
    private static let alphabet: [String] = {
        let printable = Set(33...126).union(161...172).union(174...255)
        var next: UInt32 = 256
        return (0..<256).map { byte in
            var scalar = UInt32(byte)
            if !printable.contains(byte) {
                scalar = next
                next += 1
            }
            return Unicode.Scalar(scalar).map { String(Character($0)) } ?? ""
        }
    }()
}
