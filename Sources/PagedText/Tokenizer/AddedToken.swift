/// A token that is found in the text before anything else is done to it.
struct AddedToken: Sendable {
    var text: String
    var number: Int32
    /// Special tokens steer the model: they can be left out when decoding, and users must not be
    /// able to type them.
    var isSpecial: Bool
    /// Found in the normalised text rather than in the text as given.
    var isNormalized: Bool
    /// Takes the whitespace before or after it along.
    var stripsLeft: Bool
    var stripsRight: Bool
    /// Only found where no word character touches it.
    var isSingleWord: Bool
}

extension AddedToken {
    init(_ json: JSONValue) throws(TokenizerError) {
        guard let text = json["content"]?.string, let number = json["id"]?.integer,
            (0..<Vocabulary.maximumSize).contains(number)
        else { throw .malformed("an added token without content or id") }
        self.text = text
        self.number = Int32(number)
        isSpecial = json["special"]?.boolean ?? false
        isNormalized = json["normalized"]?.boolean ?? !isSpecial
        stripsLeft = json["lstrip"]?.boolean ?? false
        stripsRight = json["rstrip"]?.boolean ?? false
        isSingleWord = json["single_word"]?.boolean ?? false
    }
}
