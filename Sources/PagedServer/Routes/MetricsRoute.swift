import PagedEngine
import HTTPTypes
import Hummingbird
import NIOCore
import PagedAPI

/// `GET /metrics`
struct MetricsRoute: Sendable {
    let model: ServedModel
    let metrics: ServerMetrics

    func handle(_ request: Request, _ context: ServerRequestContext) -> Response {
        let page = MetricsText.page(
            modelName: model.name,
            statistics: model.generator.statistics(),
            metrics: metrics
        )
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: page))
        )
    }
}

/// `GET /version`
enum VersionRoute {
    static func handle(_ request: Request, _ context: ServerRequestContext) -> Response {
        Response(json: VersionReport(version: Version.current))
    }
}
