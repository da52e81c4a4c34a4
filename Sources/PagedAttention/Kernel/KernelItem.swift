/// One piece of the work of a call: the query heads of a few key and value heads, for a few tokens of
/// one sequence, over all keys or over those of one part of the sequence.
///
/// Sequences are cut into parts of `partKeys` positions. A row's softmax begins anew in each part and
/// the parts are added up in order, whether one item goes through all of them or each has its own: so
/// results do not depend on how a call is cut.
package struct KernelItem {
    /// Positions in a part.
    package static var partKeys: Int { 1024 }

    package var sequence: Int32 = 0
    /// Tokens of the call, all of that sequence.
    package var firstToken: Int32 = 0
    package var tokenCount: Int32 = 1
    /// Key and value heads.
    package var firstHead: Int32 = 0
    package var headCount: Int32 = 1
    /// The parts of the sequence that the item attends to or adds up; all of them if `slot` is -1.
    package var firstPart: Int32 = 0
    package var partCount: Int32 = .max
    /// Where the item leaves what it has accumulated, and where it is added up from: one slot for each
    /// head of the first part, then for each head of the next one. -1: the item stores its output.
    package var slot: Int32 = -1

    package init() {}
}
