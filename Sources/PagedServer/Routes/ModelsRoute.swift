import Hummingbird
import PagedAPI

/// `GET /v1/models` and `GET /v1/models/{id}`
struct ModelsRoute: Sendable {
    let model: ServedModel
    /// Seconds since 1970.
    let started: Int

    private var card: ModelCard {
        ModelCard(
            id: model.name,
            created: started,
            ownedBy: "swift-paged-attention",
            maxModelLen: model.maximumSequenceLength
        )
    }

    func list(_ request: Request, _ context: ServerRequestContext) -> Response {
        Response(json: ModelList(data: [card]))
    }

    func one(_ request: Request, _ context: ServerRequestContext) throws -> Response {
        let name = context.parameters.get("id") ?? ""
        guard name == model.name else {
            throw APIError.unknownModel(name, served: model.name)
        }
        return Response(json: card)
    }
}
