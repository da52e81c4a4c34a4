/// Formats of strings that are followed, each as a regular expression.
enum StringFormat {
    /// The expression of a format; nil if it is not followed.
    static func pattern(_ name: String) -> String? { patterns[name].map { "^(?:\($0))$" } }

    /// All names, for error messages.
    static let names = patterns.keys.sorted().joined(separator: ", ")

    private static let patterns = [
        "date": date, "time": time, "date-time": "(?:\(date))T(?:\(time))", "duration": duration,
        "uuid": "\(hex){8}-\(hex){4}-\(hex){4}-\(hex){4}-\(hex){12}",
        "ipv4": "\(octet)(?:\\.\(octet)){3}", "hostname": host,
        "email": "\(atom)(?:\\.\(atom))*@\(label)(?:\\.\(label))+", "uri": uri,
    ]

    // RFC 3339 without leap seconds, with capital letters and at most 9 digits of a second.
    private static let date =
        #"\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"#
        + #"|02-(?:0[1-9]|1\d|2[0-8]))|\#(leapYear)-02-29"#
    private static let leapYear =
        #"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"#
    private static let clock = #"(?:[01]\d|2[0-3]):[0-5]\d"#
    private static let time = #"\#(clock):[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\#(clock))"#

    // RFC 3339, appendix A, with at most 9 digits of a number.
    private static let duration = "P(?:\(days)(?:\(times))?|\(times)|\(count)W)"
    private static let count = #"\d{1,9}"#
    private static let days =
        "(?:\(count)D|\(count)M(?:\(count)D)?|\(count)Y(?:\(count)M(?:\(count)D)?)?)"
    private static let times =
        "T(?:\(count)S|\(count)M(?:\(count)S)?|\(count)H(?:\(count)M(?:\(count)S)?)?)"

    private static let hex = "[0-9a-fA-F]"
    private static let octet = #"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"#

    // RFC 1123; the dots of RFC 5321's local part, which is not quoted.
    private static let label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    private static let host = #"\#(label)(?:\.\#(label))*"#
    private static let atom = #"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"#

    // RFC 3986 without users and addresses in brackets.
    private static let uri =
        "[A-Za-z][A-Za-z0-9+.-]*:(?://(?:\(host))(?::\\d{1,5})?(?:/\(segment)*)*|/?\(segment)+(?:/\(segment)*)*)"
        + "(?:\\?(?:\(segment)|[/?])*)?(?:#(?:\(segment)|[/?])*)?"
    private static let segment = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%\(hex){2})"
}
