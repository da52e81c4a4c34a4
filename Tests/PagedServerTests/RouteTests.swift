import HTTPTypes
import HummingbirdTesting
import PagedAPI
import PagedEngine
import PagedServer
import Testing

@Suite("Routes")
struct RouteTests {
    private let server = TestServer(ScriptedGenerator(saying: "x"))

    @Test("The model list has one model, which can be asked for by name")
    func models() async throws {
        let list = try await server.send(.get, "/v1/models")
        #expect(
            list.text == """
                {"data":[{"created":1700000000,"id":"bytes","max_model_len":512,"object":"model",\
                "owned_by":"swift-paged-attention"}],"object":"list"}
                """
        )
        let one = try await server.send(.get, "/v1/models/bytes")
        #expect(try one.decoded(ModelCard.self).id == "bytes")
        let none = try await server.send(.get, "/v1/models/gpt-4")
        #expect(none.status == .notFound)
        #expect(try none.decoded(ErrorBody.self).error.code.value == "model_not_found")
    }

    @Test("A model's name may hold '/', escaped or not", arguments: ["org/tiny", "org%2Ftiny"])
    func modelWithSlash(_ path: String) async throws {
        var model = ByteModel.description()
        model.name = "org/tiny"
        let server = TestServer(ScriptedGenerator(model: model) { _, _ in [] })
        let one = try await server.send(.get, "/v1/models/" + path)
        #expect(one.status == .ok)
        #expect(try one.decoded(ModelCard.self).id == "org/tiny")
        #expect(try await server.send(.get, "/v1/models/org").status == .notFound)
    }

    @Test("Requests for another model are 404")
    func otherModel() async throws {
        let response = try await server.complete(#"{"model":"gpt-4","prompt":"a"}"#)
        #expect(response.status == .notFound)
        let error = try response.decoded(ErrorBody.self).error
        #expect(error.param.value == "model")
        #expect(error.code.value == "model_not_found")
    }

    @Test("Unknown paths are 404, known ones with another method 405")
    func unknown() async throws {
        let unknown = try await server.send(.get, "/v1/nothing")
        #expect(unknown.status == .notFound)
        #expect(try unknown.decoded(ErrorBody.self).error.message.contains("GET /v1/nothing"))
        let method = try await server.send(.get, "/v1/completions")
        #expect(method.status == .methodNotAllowed)
        #expect(method.headers[.allow] == "POST")
        let other = try await server.send(.delete, "/v1/models/bytes")
        #expect(other.headers[.allow] == "GET, HEAD")
    }

    @Test("CORS is closed: a preflight is a 405 without allowances")
    func preflight() async throws {
        let response = try await server.send(.options, "/v1/completions")
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.accessControlAllowOrigin] == nil)
    }

    @Test("A client's request identifier comes back, a strange one does not")
    func requestIdentifier() async throws {
        let name = try #require(HTTPField.Name("X-Request-Id"))
        let given = try await server.send(.get, "/version", headers: [name: "abc-1"])
        #expect(given.headers[name] == "abc-1")
        #expect(try given.decoded(VersionReport.self).version == Version.current)
        let strange = try await server.send(.get, "/version", headers: [name: "a b"])
        #expect(strange.headers[name] == "0123456789abcdef0123456789abcdef")
        let error = try await server.send(.get, "/nothing", headers: [name: "abc-2"])
        #expect(error.headers[name] == "abc-2")
    }

    @Test("A model without a template completes but does not chat")
    func noTemplate() async throws {
        var server = server
        server.template = nil
        let response = try await server.chat(#"{"messages":[{"role":"user","content":"a"}]}"#)
        #expect(response.status == .badRequest)
        #expect(try response.decoded(ErrorBody.self).error.code.value == "no_chat_template")
        #expect(try await server.complete(#"{"prompt":"a"}"#).status == .ok)
    }
}
