import PagedText
import Testing

@Suite struct ChatTemplateLimitTests {
    private func render(_ source: String, steps: Int = 200_000) throws -> String {
        var template = try ChatTemplate(source: source, bosToken: nil, eosToken: nil)
        template.limits.steps = steps
        template.limits.output = 100_000
        return try template.render([], addGenerationPrompt: false).text
    }

    /// A template that makes a value larger again and again.
    private static func grown(_ start: String, rounds: Int, _ next: String) -> String {
        "{% set ns = namespace(s=\(start)) %}{% for a in range(\(rounds)) %}"
            + "{% set ns.s = \(next) %}{% endfor %}"
    }

    @Test(arguments: [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        grown("'x'", rounds: 99, "ns.s + ns.s"),
        grown("[1]", rounds: 99, "[ns.s, ns.s]") + "{{ ns.s }}",
        grown("[1]", rounds: 99, "[ns.s, ns.s]") + "{{ ns.s == ns.s }}",
        grown("[1]", rounds: 99999, "[ns.s]"),
        "{{ 'x' * 9999999999 }}", "{{ 'x' * 9223372036854775807 }}", "{{ [1] * 9999999999 }}",
        "{{ 'abc' | replace('', 'x' * 99999) | replace('', 'y' * 99999) }}",
        "{{ {'a': 1} | tojson(indent=9999999999) }}", "{{ 'a' | indent(9999999999, true) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{{ range(100001) | list }}",
        "{% for a in range(99999) %}xx{% endfor %}", "{{ range(10 ** 12) }}",
        "{% macro f(n) %}{{ f(n + 1) ~ f(n) }}{% endmacro %}{{ f(0) }}",
        "{% for a in range(99999) %}{{ range(99999) | join(',') | length }}{% endfor %}",
        "{% set l = range(99999) | list %}{% for a in l %}{{ l | sort | length }}{% endfor %}",
    ])
    func `Work and output are limited`(source: String) {
        #expect {
            try render(source)
        } throws: { error in
            if case .limitExceeded? = error as? TemplateError { true } else { false }
        }
    }

    @Test(arguments: [
        "y in x", "x.find(y)", "x.count(y)", "x.replace(y, '')", "x.split(y)", "x.rsplit(y)",
    ])
    func `No search takes long, however the texts repeat themselves`(search: String) throws {
        let source = "{% set x = 'x' * 400000 %}{% set y = 'x' * 200000 ~ 'y' %}{{ \(search) }}"
        let begin = ContinuousClock.now
        _ = try? render(source)
        #expect(ContinuousClock.now - begin < .seconds(5))
    }

    @Test(arguments: [
        ("{{ x.y }}", "x is undefined, it has no y"),
        ("{% if 1 < 'a' %}{% endif %}", "int and str have no order"),
        ("{% for a in 5 %}{% endfor %}", "int cannot be gone through"),
        ("{{ 'x' * 9999999999 }}", "more than the limit of 200000 steps"),
    ])
    func `An error names the line of its statement`(statement: String, reason: String) {
        let sources = [
            (3, "a\n{{ 1 }}\n\(statement)"), (2, "{% if true %}\n\(statement)\n{% endif %}"),
            (2, "{% macro f() %}\n\(statement)\n{% endmacro %}\n{{ f() }}"),
            (4, "{% macro f() %}\n{{ 1 }}\n{% endmacro %}\n{{ f() }}\(statement)"),
        ]
        for (line, source) in sources {
            #expect {
                try render(source)
            } throws: { error in
                (error as? TemplateError)?.message == "chat template, line \(line): \(reason)"
            }
        }
    }

    @Test func `Nested source is limited`() {
        let deep =
            String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000)
        let statements = String(repeating: "{% if true %}", count: 10_000)
        let row = "1" + String(repeating: " + 1", count: 10_000)
        let signs = String(repeating: "-", count: 10_000) + "1"
        let nots = String(repeating: "not ", count: 10_000) + "1"
        let filters = "1" + String(repeating: "|abs", count: 10_000)
        for source in [
            "{{ \(deep) }}", statements, "{{ \(row) }}", "{{ 0 + \(signs) }}", "{{ \(nots) }}",
            "{{ \(filters) }}",
        ] {
            #expect(throws: TemplateError.self) {
                _ = try ChatTemplate(source: source, bosToken: nil, eosToken: nil)
            }
        }
    }

    @Test func `Numbers beyond 64 bits fail`() {
        for source in [
            "9223372036854775807 + 1", "2 ** 64", "-9223372036854775807 - 2",
            "99999999999999999999",
        ] {
            #expect(throws: TemplateError.self) { try render("{{ \(source) }}") }
        }
    }

    @Test func `A template that refuses a chat says why`() {
        #expect(throws: TemplateError.raised("roles must alternate")) {
            try render("{{ raise_exception('roles must alternate') }}")
        }
    }

    @Test(arguments: [
        ("{{ x | nosuch }}", "filter nosuch"), ("{{ x is nosuch }}", "test nosuch"),
        ("{{ nosuch() }}", "function nosuch"), ("{{ x.nosuch() }}", "method nosuch"),
        ("{% include 'a' %}", "statement include"), ("{% raw %}", "statement raw"),
        ("{{ x | map('nosuch') }}", "filter nosuch"), ("{{ f(*x) }}", "a call with * or **"),
        ("{{ x | selectattr('a', 'nosuch') }}", "test nosuch"),
    ])
    func `What is not covered is refused at load by name`(source: String, name: String) {
        #expect(throws: TemplateError.notCovered(name, line: 2)) {
            _ = try ChatTemplate(source: "\n" + source, bosToken: nil, eosToken: nil)
        }
    }

    @Test(arguments: [UInt64.random(in: 0...9999)])
    func `No source makes a template trap`(seed: UInt64) throws {
        var random = RandomText(seed: seed)
        let file = try Fixture.json("templates/snippets.json")
        let sources = (file["cases"]?.array ?? []).compactMap { $0["template"]?.string }
        for _ in 0..<1500 {
            var scalars = Array(sources[random.number(below: sources.count)].unicodeScalars)
            let other = Array(sources[random.number(below: sources.count)].unicodeScalars)
            let cut = random.number(below: scalars.count)
            scalars.replaceSubrange(cut..., with: other[random.number(below: other.count)...])
            let source = String(String.UnicodeScalarView(scalars))
            guard var template = try? ChatTemplate(source: source, bosToken: nil, eosToken: nil)
            else { continue }
            template.limits.steps = 10_000
            _ = try? template.render(
                [],
                addGenerationPrompt: false,
                variables: file["variables"]?.members ?? [:]
            )
        }
    }
}
