/// The answer to `GET /v1/models`.
package struct ModelList: Codable, Equatable, Sendable {
    /// `list`
    package var object = "list"
    /// The models.
    package var data: [ModelCard]

    /// A list of models.
    package init(data: [ModelCard]) {
        self.data = data
    }
}

/// A model, as in `GET /v1/models/{id}`.
package struct ModelCard: Codable, Equatable, Sendable {
    /// The name that requests use.
    package var id: String
    /// `model`
    package var object = "model"
    /// When the server started, in seconds since 1970.
    package var created: Int
    /// Who serves it.
    package var ownedBy: String
    /// Most tokens of prompt and output together (vLLM's addition).
    package var maxModelLen: Int

    /// A model.
    package init(id: String, created: Int, ownedBy: String, maxModelLen: Int) {
        self.id = id
        self.created = created
        self.ownedBy = ownedBy
        self.maxModelLen = maxModelLen
    }

    private enum CodingKeys: String, CodingKey {
        case id, object, created
        case ownedBy = "owned_by"
        case maxModelLen = "max_model_len"
    }
}
