import Foundation
import Hummingbird
import PagedAPI

/// `GET /v1/models` and `GET /v1/models/{id}`
struct ModelsRoute: Sendable {
    static let path = "/v1/models"

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
        let path = request.uri.path.dropFirst(Self.path.count + 1)
        let name = path.removingPercentEncoding ?? String(path)
        guard name == model.name else {
            throw APIError.unknownModel(name, served: model.name)
        }
        return Response(json: card)
    }
}
