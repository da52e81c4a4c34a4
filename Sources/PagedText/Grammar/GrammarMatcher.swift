/// Follows a text through a grammar, byte by byte.
///
/// ```swift
/// var matcher = GrammarMatcher(.jsonObject)
/// matcher.allows(Array("[".utf8)[...])          // false
/// matcher.append(Array("{}".utf8)[...])
/// matcher.isComplete                       // true
/// ```
///
/// After a text it is at every place at which the grammar may be: a *front* of stacks of places to return to, the innermost
/// on top. Stacks share what they have in common. Which front follows another after a byte is remembered, so what has been
/// seen before, such as a letter in a string, takes one look.
package struct GrammarMatcher: Sendable {
    private var table: FrontTable
    private var front: Int

    /// At the beginning of a text.
    package init(_ grammar: Grammar) {
        table = FrontTable(grammar: grammar)
        front = table.start()
    }

    /// Whether the text may end here.
    package var isComplete: Bool { table.isComplete(front) }

    /// Whether the text may go on with these bytes, at least one.
    package mutating func allows(_ bytes: ArraySlice<UInt8>) -> Bool {
        self.front = table.clearOut(self.front)
        var front = front
        for byte in bytes {
            guard let next = table.front(after: front, byte) else { return false }
            front = next
        }
        return !bytes.isEmpty
    }

    /// Goes on with bytes that are allowed.
    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes { front = table.front(after: front, byte) ?? front }
        front = table.clearOut(front)
    }
}

/// The fronts of a matcher, numbered.
private struct FrontTable: Sendable {
    /// A place in the grammar and the stack below it.
    private struct Stack: Hashable {
        let place: Int32
        /// -1: nothing is below.
        let rest: Int32
    }

    private struct Front: Hashable {
        /// A byte is on top of each.
        var stacks: [Int32] = []
        var isComplete = false
    }

    /// More stacks in a front are left out: the rest of the text is then one of the others.
    private static let mostStacks = 1024
    /// When there are more, those that the text left behind are forgotten.
    private static let roomyCounts = (fronts: 1024, stacks: 1 << 16)
    /// In place of the front after a byte.
    private static let (unknown, none): (Int32, Int32) = (-1, -2)

    private let grammar: Grammar
    private var stacks: [Stack] = []
    private var stackNumbers: [Stack: Int32] = [:]
    /// For each stack, in which step it was last put into a front.
    private var lastSteps: [Int] = []
    private var stepCount = 0
    private var fronts: [Front] = []
    private var frontNumbers: [Front: Int] = [:]
    /// For each front and byte.
    private var following: [Int32] = []

    init(grammar: Grammar) { self.grammar = grammar }

    mutating func start() -> Int {
        var front = Front()
        stepCount += 1
        for place in grammar.rules[0] { enter(place, -1, &front) }
        return number(of: front)
    }

    func isComplete(_ front: Int) -> Bool { fronts[front].isComplete }

    /// The front after one more byte; nil if the grammar has no such text.
    mutating func front(after front: Int, _ byte: UInt8) -> Int? {
        let index = front << 8 | Int(byte)
        if following[index] == Self.unknown { following[index] = step(front, byte) }
        return following[index] == Self.none ? nil : Int(following[index])
    }

    private mutating func step(_ front: Int, _ byte: UInt8) -> Int32 {
        var next = Front()
        stepCount += 1
        for stack in fronts[front].stacks {
            let top = stacks[Int(stack)]
            guard case .byte(let set) = grammar.symbols[Int(top.place)], set.contains(byte) else {
                continue
            }
            enter(Int(top.place) + 1, top.rest, &next)
        }
        if next.stacks.isEmpty && !next.isComplete { return Self.none }
        return Int32(number(of: next))
    }

    /// Finds the bytes with which the text may go on at a place.
    private mutating func enter(_ place: Int, _ rest: Int32, _ front: inout Front) {
        switch grammar.symbols[place] {
        case .byte:
            let stack = number(of: Stack(place: Int32(place), rest: rest))
            if front.stacks.count < Self.mostStacks, lastSteps[Int(stack)] < stepCount {
                lastSteps[Int(stack)] = stepCount
                front.stacks.append(stack)
            }
        case .rule(let rule):
            var below = rest
            // A rule at the end needs no return, so lists do not grow stacks.
            if case .end = grammar.symbols[place + 1] {
            } else {
                below = number(of: Stack(place: Int32(place) + 1, rest: rest))
            }
            for start in grammar.rules[rule] { enter(start, below, &front) }
        case .end:
            guard rest >= 0 else {
                front.isComplete = true
                return
            }
            let below = stacks[Int(rest)]
            enter(Int(below.place), below.rest, &front)
        }
    }

    private mutating func number(of stack: Stack) -> Int32 {
        if let known = stackNumbers[stack] { return known }
        stacks.append(stack)
        lastSteps.append(0)
        stackNumbers[stack] = Int32(stacks.count - 1)
        return Int32(stacks.count - 1)
    }

    private mutating func number(of front: Front) -> Int {
        if let known = frontNumbers[front] { return known }
        fronts.append(front)
        frontNumbers[front] = fronts.count - 1
        following.append(contentsOf: repeatElement(Self.unknown, count: 256))
        return fronts.count - 1
    }

    /// Forgets everything but a front where there is too much; returns its number from then on.
    mutating func clearOut(_ front: Int) -> Int {
        let most = Self.roomyCounts
        guard fronts.count > most.fronts || stacks.count > most.stacks else { return front }
        let (old, kept) = (stacks, fronts[front])
        self = FrontTable(grammar: grammar)
        var copy = Front(isComplete: kept.isComplete)
        for stack in kept.stacks {
            var places: [Int32] = []
            var next = stack
            while next >= 0 {
                places.append(old[Int(next)].place)
                next = old[Int(next)].rest
            }
            copy.stacks.append(
                places.reversed().reduce(-1) { number(of: Stack(place: $1, rest: $0)) }
            )
        }
        return number(of: copy)
    }
}
