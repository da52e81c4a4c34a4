/// Where in a schema, for errors.
struct SchemaPlace {
    var pointer = ""
    var level = 0

    static func + (place: SchemaPlace, name: String) -> SchemaPlace {
        let escaped = name.replacing("~", with: "~0").replacing("/", with: "~1")
        return SchemaPlace(
            pointer: place.pointer + "/" + escaped.prefix(100),
            level: place.level + 1
        )
    }

    func error(_ problem: String) -> SchemaError {
        SchemaError(place: pointer, problem: problem)
    }
}
