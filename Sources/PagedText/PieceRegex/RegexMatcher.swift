/// Runs a `PieceRegex`; keeps its backtracking stack between matches.
struct RegexMatcher {
    /// A place to come back to: at `instruction`, with any position from `position` down to
    /// `floor`.
    private struct Choice {
        var instruction: Int
        var position: Int
        var floor: Int
    }

    private let regex: PieceRegex
    private var choices: [Choice] = []

    init(_ regex: PieceRegex) { self.regex = regex }

    /// The end of the match that begins exactly at `start`, nil when there is none.
    ///
    /// `classes` holds one class per scalar; nothing at or after `end` is looked at.
    mutating func matchEnd(in classes: [UInt8], from start: Int, to end: Int) -> Int? {
        let first: UInt64 = 1 << UInt64(classes[start])
        for alternative in regex.alternatives where alternative.first & first != 0 {
            if let stop = run(classes, alternative.start, start, end) { return stop }
        }
        return nil
    }

    private mutating func run(_ classes: [UInt8], _ first: Int, _ start: Int, _ end: Int) -> Int? {
        choices.removeAll(keepingCapacity: true)
        var instruction = first
        var position = start
        while true {
            if step(classes, end, &instruction, &position) {
                if case .accept = regex.instructions[instruction] { return position }
            } else {
                guard var choice = choices.popLast() else { return nil }
                (instruction, position) = (choice.instruction, choice.position)
                if choice.position > choice.floor {
                    choice.position -= 1
                    choices.append(choice)
                }
            }
        }
    }

    /// Executes one instruction; false when it does not match.
    @inline(__always)
    private mutating func step(
        _ classes: [UInt8],
        _ end: Int,
        _ instruction: inout Int,
        _ position: inout Int
    ) -> Bool {
        switch regex.instructions[instruction] {
        case .set(let mask):
            guard position < end, mask >> UInt64(classes[position]) & 1 != 0 else { return false }
            position += 1
        case .repetition(let mask, let minimum, let maximum, let isPossessive):
            let start = position
            let limit = maximum < end - start ? start + maximum : end
            while position < limit, mask >> UInt64(classes[position]) & 1 != 0 { position += 1 }
            guard position - start >= minimum else { return false }
            if !isPossessive, position - start > minimum {
                choices.append(
                    Choice(
                        instruction: instruction + 1,
                        position: position - 1,
                        floor: start + minimum
                    )
                )
            }
        case .lookahead(let mask, let isExpected):
            let found = position < end && mask >> UInt64(classes[position]) & 1 != 0
            guard found == isExpected else { return false }
        case .attempt(let otherwise):
            choices.append(Choice(instruction: otherwise, position: position, floor: position))
        case .jump(let target):
            instruction = target
            return true
        case .accept:
            return true
        }
        instruction += 1
        return true
    }
}
