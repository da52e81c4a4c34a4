internal import PagedAttention

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The files beside a graph that hold its weights.
///
/// Nothing is read: ONNX Runtime maps the files into memory. It refuses links that lead out of the
/// folder it is given, which model caches are made of; so links are followed here.
package struct ExternalWeights: Sendable {
    /// The folder that all files are in, links followed.
    package let folder: String
    /// The names that the graph gave them, relative to its own folder, in alphabetical order.
    package let locations: [String]
    /// Bytes of the files together.
    package let byteCount: Int
    /// The places of the files in ``folder``, by the names that the graph gave them.
    private let places: [String: String]

    /// Checks where each weight lies.
    ///
    /// - Throws: an error that names the weight whose file, offset or length cannot be.
    package init(of file: GraphFile, in graphPath: String) throws(GraphError) {
        let own = graphPath.lastIndex(of: "/").map { String(graphPath[..<$0]) } ?? "."
        var files: [String: WeightsFile] = [:]
        for tensor in file.message.graph.initializer where tensor.dataLocation == 1 {
            let place = try WeightPlace(tensor)
            if files[place.location] == nil {
                files[place.location] = try WeightsFile(place, in: own)
            }
            try files[place.location]?.check(place)
        }
        locations = files.keys.sorted()
        byteCount = files.values.reduce(0) { $0 + $1.byteCount }
        let paths = files.mapValues { $0.path.split(separator: "/") }
        guard var common = paths.values.first?.dropLast() else {
            (folder, places) = (own, [:])
            return
        }
        for path in paths.values {
            while !path.dropLast().starts(with: common) { common = common.dropLast() }
        }
        folder = "/" + common.joined(separator: "/")
        places = paths.mapValues { $0.dropFirst(common.count).joined(separator: "/") }
    }

    /// The graph with its weights named by their places in ``folder``.
    package func resolved(_ file: GraphFile) -> GraphFile {
        var file = file
        for index in file.message.graph.initializer.indices
        where file.message.graph.initializer[index].dataLocation == 1 {
            file.message.graph.initializer[index].setLocation { places[$0] }
        }
        return file
    }
}

/// One file of weights.
private struct WeightsFile {
    /// Without links.
    let path: String
    let byteCount: Int

    init(_ place: WeightPlace, in folder: String) throws(GraphError) {
        let path = folder + "/" + place.location
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw GraphError(
                "weight \(place.name) is in \(path), which is not there; "
                    + "fetch the folder again, with all its files"
            )
        }
        guard let resolved = realpath(path, nil) else {
            throw GraphError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        self.path = String(cString: resolved)
        byteCount = Int(status.st_size)
    }

    func check(_ place: WeightPlace) throws(GraphError) {
        let (end, overflows) = place.offset.addingReportingOverflow(place.length ?? 0)
        guard !overflows, end <= byteCount else {
            throw GraphError(
                "weight \(place.name) is at bytes \(place.offset) to \(end) of \(path), which has "
                    + "\(byteCount); fetch the file again"
            )
        }
    }
}

/// Where a weight lies, as its graph says.
private struct WeightPlace {
    let name: String
    let location: String
    let offset: Int
    let length: Int?

    init(_ tensor: TensorMessage) throws(GraphError) {
        let entries = tensor.externalData
        func value(_ key: String) -> String? { entries.first { $0.key == key }?.value }
        name = tensor.name
        location = value("location") ?? ""
        let components = location.split(separator: "/")
        guard !components.isEmpty, !location.hasPrefix("/"), !components.contains(".."),
            !location.utf8.contains(0)
        else {
            throw GraphError(
                "weight \(name) names the file \"\(location)\"; it must be inside of the model's folder"
            )
        }
        offset = try Self.number("offset", value("offset") ?? "0", of: name)
        if let text = value("length") {
            length = try Self.number("length", text, of: name)
        } else {
            length = nil
        }
        if let length, let expected = tensor.byteCount, length != expected {
            throw GraphError(
                "weight \(name) has \(length) bytes, its shape \(tensor.dims) needs \(expected)"
            )
        }
    }

    private static func number(
        _ key: String,
        _ text: String,
        of name: String
    ) throws(GraphError) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw GraphError("weight \(name) has \(key) \"\(text)\"; it must be a number of bytes")
        }
        return number
    }
}

extension TensorMessage {
    /// The size of the elements; nil for types that this package never handles.
    fileprivate var byteCount: Int? {
        guard let type = ElementType(rawValue: dataType) else { return nil }
        let bits = dims.reduce(type.bitCount) { saturatingProduct($0, Int($1)) }
        return bits == .max ? nil : (bits + 7) / 8
    }

    fileprivate mutating func setLocation(_ name: (String) -> String?) {
        for index in externalData.indices where externalData[index].key == "location" {
            externalData[index].value = name(externalData[index].value) ?? externalData[index].value
        }
    }
}
