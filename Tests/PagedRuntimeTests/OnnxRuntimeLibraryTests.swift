import Foundation
import PagedRuntime
import Testing

@Suite("Loading ONNX Runtime")
struct OnnxRuntimeLibraryTests {
    @Test("finds the library in build/onnxruntime/lib above the executable")
    func found() throws {
        let library = try OnnxRuntimeLibrary.load(path: nil)
        #expect(library.version.hasPrefix("1."))
        #expect(library.path.contains("libonnxruntime"))
    }

    @Test("takes a file or its folder")
    func explicitPath() throws {
        let path = try OnnxRuntimeLibrary.load(path: nil).path
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        #expect(try OnnxRuntimeLibrary.load(path: path).path == path)
        #expect(try OnnxRuntimeLibrary.load(path: folder).path == path)
    }

    @Test("from a path that does not exist fails, and looks nowhere else")
    func missing() {
        let error = #expect(throws: RuntimeError.self) {
            try OnnxRuntimeLibrary.load(path: "/no/such/folder")
        }
        let text = """
            libonnxruntime.so not found: looked in /no/such/folder; \
            run `make onnxruntime` or pass --onnxruntime PATH
            """
        #expect(error?.description == text)
    }

    @Test("from a file that is no library fails with the loader's reason")
    func noLibrary() throws {
        let error = #expect(throws: RuntimeError.self) {
            try OnnxRuntimeLibrary.load(path: #filePath)
        }
        #expect(error?.description.hasPrefix("\(#filePath) cannot be loaded: ") == true)
    }

    @Test("from a library that is something else fails")
    func otherLibrary() throws {
        let error = #expect(throws: RuntimeError.self) {
            try OnnxRuntimeLibrary.load(path: "/lib/x86_64-linux-gnu/libm.so.6")
        }
        #expect(error?.description.hasSuffix("it has no OrtGetApiBase") == true)
    }
}
