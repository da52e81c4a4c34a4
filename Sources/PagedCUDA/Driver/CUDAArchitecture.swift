/// A generation of GPUs, by compute capability.
package struct CUDAArchitecture: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Such as 9 in 9.0.
    package let major: Int
    /// Such as 0 in 9.0.
    package let minor: Int

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// As compilers number it: 90.
    package var number: Int { 10 * major + minor }

    /// As compilers name it: "sm_90".
    package var description: String { "sm_\(number)" }

    package static func < (a: CUDAArchitecture, b: CUDAArchitecture) -> Bool {
        (a.major, a.minor) < (b.major, b.minor)
    }
}
