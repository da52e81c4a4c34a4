import PagedText
import Testing

@Suite struct StopMatcherTests {
    @Test func `A stop string is found across pieces and not shown`() {
        var matcher = StopMatcher(stops: ["END"])
        #expect(matcher.append("the E") == ("the ", nil))
        #expect(matcher.append("N") == ("", nil))
        #expect(matcher.append("D now") == ("", "END"))
        #expect(matcher.append("more") == ("", nil))
        #expect(matcher.finish() == "")
    }

    @Test func `Only what may still become a stop string is held back`() {
        var matcher = StopMatcher(stops: ["aab"])
        #expect(matcher.append("aa") == ("", nil))
        #expect(matcher.append("a") == ("a", nil))
        #expect(matcher.append("c") == ("aac", nil))
        #expect(matcher.append("xaa") == ("x", nil))
        #expect(matcher.finish() == "aa")
    }

    @Test func `The stop string that is complete first wins, then the longest`() {
        var matcher = StopMatcher(stops: ["abcd", "bc"])
        #expect(matcher.append("xabcd") == ("xa", "bc"))
        matcher = StopMatcher(stops: ["bc", "abc"])
        #expect(matcher.append("xabcd") == ("x", "abc"))
    }

    @Test func `No stop strings and empty ones hold nothing back`() {
        for stops in [[], [""]] {
            var matcher = StopMatcher(stops: stops)
            #expect(matcher.append("text") == ("text", nil))
            #expect(matcher.finish() == "")
        }
    }

    @Test func `Characters of several bytes are not split`() {
        var matcher = StopMatcher(stops: ["é!", "😀😀"])
        #expect(matcher.append("aé") == ("a", nil))
        #expect(matcher.append("è") == ("éè", nil))
        #expect(matcher.append("😀") == ("", nil))
        #expect(matcher.append("😁") == ("😀😁", nil))
    }

    @Test(arguments: [UInt64.random(in: 0...9999)])
    func `The result does not depend on how the text is cut`(seed: UInt64) {
        var random = RandomText(seed: seed)
        func letters(_ count: Int) -> String {
            String((0..<count).map { _ in Character(["a", "b", "é"][random.number(below: 3)]) })
        }
        for _ in 0..<500 {
            let stops = (0...random.number(below: 3)).map { _ in
                letters(1 + random.number(below: 4))
            }
            let text = letters(12)
            var whole = StopMatcher(stops: stops)
            let (emit, found) = whole.append(text)
            var single = StopMatcher(stops: stops)
            var shown = ""
            var matched: String?
            for character in text where matched == nil {
                let result = single.append(String(character))
                shown += result.emit
                matched = result.matched
            }
            let note: Comment = "seed \(seed): \(stops) in \(text)"
            #expect(shown + single.finish() == emit + whole.finish(), note)
            #expect(matched == found, note)
            // The first end of any stop string, looked for the obvious way.
            let ends = (1...text.count).filter { end in
                stops.contains { text.prefix(end).hasSuffix($0) }
            }
            #expect((found != nil) == !ends.isEmpty, note)
            if let end = ends.first, let found {
                #expect(emit + found == text.prefix(end), note)
            }
        }
    }
}
