/// Shares what the first choice of a prompt learns of it with the others, whose own events wait until then.
struct PromptOrder {
    private let choicesPerPrompt: Int
    /// The events of choices that do not know their prompt yet.
    private var waiting: [Int: [RunningChoices.Event]] = [:]

    init(_ request: PreparedRequest) {
        choicesPerPrompt = request.choicesPerPrompt
        guard request.scoresPrompts else { return }
        for choice in request.generations.indices where !choice.isMultiple(of: choicesPerPrompt) {
            waiting[choice] = []
        }
    }

    /// The events that may be passed on now that one has happened.
    mutating func pass(
        _ event: RunningChoices.Event,
        of choice: Int
    ) -> [(Int, RunningChoices.Event)] {
        if case .prompt = event {
            return (choice..<choice + choicesPerPrompt).flatMap { sharer in
                [(sharer, event)] + (waiting.removeValue(forKey: sharer) ?? []).map { (sharer, $0) }
            }
        }
        guard waiting[choice] == nil else {
            waiting[choice]?.append(event)
            return []
        }
        return [(choice, event)]
    }
}
