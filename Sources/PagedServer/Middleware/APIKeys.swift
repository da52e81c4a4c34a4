/// The keys that open the server.
struct APIKeys: Sendable {
    private let keys: [[UInt8]]

    /// These keys; none leaves the server open.
    init(_ keys: [String]) {
        precondition(keys.allSatisfy { !$0.isEmpty }, "an API key is empty")
        self.keys = keys.map { Array($0.utf8) }
    }

    /// Whether requests must name a key.
    var isRequired: Bool { !keys.isEmpty }

    /// The position of a presented key, or nil.
    ///
    /// Takes as long for a wrong key as for a right one of the same length: every byte of it is
    /// compared with every key. Complexity: presented bytes x keys.
    func index(of presented: some Collection<UInt8>) -> Int? {
        var found: Int?
        for (index, key) in keys.enumerated() where Self.equal(presented, key) {
            found = index
        }
        return found
    }

    private static func equal(_ presented: some Collection<UInt8>, _ key: [UInt8]) -> Bool {
        var difference = presented.count ^ key.count
        for (index, byte) in presented.enumerated() {
            difference |= Int(byte ^ key[index % key.count])
        }
        return difference == 0
    }

    /// What keeps the cached prefixes of this key's holder apart; empty when there is one holder
    /// only.
    func cacheSalt(forKey index: Int) -> [UInt8] {
        keys.count > 1 ? keys[index] : []
    }
}
