extension JSONValue {
    /// The value as JSON without white space.
    var compactText: String {
        var writer = TemplateJSONWriter()
        writer.itemSeparator = GuardedText(",")
        writer.keySeparator = GuardedText(":")
        // It refuses only what is no JSON.
        try? writer.write(RuntimeValue(TemplateValue(self)))
        return writer.output.string
    }
}
