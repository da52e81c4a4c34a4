import HTTPTypes

extension APIError {
    /// The client has gone; nobody reads this. 499 is nginx's number for it.
    static let clientGone = APIError(
        status: .init(code: 499, reasonPhrase: "Client Closed Request"),
        message: "The client closed the connection.",
        type: "server_error",
        code: "client_closed_request"
    )
}
