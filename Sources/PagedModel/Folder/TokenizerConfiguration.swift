#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The few keys of `tokenizer_config.json` that `tokenizer.json` does not have.
struct TokenizerConfiguration: Equatable {
    var bosText: String?
    var eosText: String?
    var chatTemplate: String?

    /// Reads the file's text; nil stands for a folder without the file.
    init(json: Data?) throws(ModelError) {
        guard let json else { return }
        do {
            self = try JSONDecoder().decode(TokenizerConfiguration.self, from: json)
        } catch let error as DecodingError {
            throw ModelError("tokenizer_config.json: \(error.summary)")
        } catch {
            throw ModelError("tokenizer_config.json: \(error)")
        }
    }
}

extension TokenizerConfiguration: Decodable {
    private enum CodingKeys: String, CodingKey {
        case bos_token, eos_token, chat_template
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        bosText = try container.decodeIfPresent(TokenText.self, forKey: .bos_token)?.text
        eosText = try container.decodeIfPresent(TokenText.self, forKey: .eos_token)?.text
        chatTemplate = try container.decodeIfPresent(Template.self, forKey: .chat_template)?.source
    }
}

/// `"<s>"`, or an object with `content`.
private struct TokenText: Decodable {
    let text: String

    private struct Object: Decodable {
        let content: String
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self.text = text
        } else {
            text = try container.decode(Object.self).content
        }
    }
}

/// The template's source, or a list of named templates, of which `default` counts.
private struct Template: Decodable {
    let source: String?

    private struct Named: Decodable {
        let name: String
        let template: String
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let source = try? container.decode(String.self) {
            self.source = source
        } else {
            let all = try container.decode([Named].self)
            source = (all.first { $0.name == "default" } ?? all.first)?.template
        }
    }
}
