import PagedAttention
import PagedCUDA

/// The part of `paged inspect --kernels` on GPUs: every CUDA kernel, and which of them run here.
struct CUDAKernelsReport: Encodable {
    struct Kernel: Encodable {
        let name: String
        /// The oldest GPUs that have its instructions.
        let architecture: String
        let activationType: String
        let cacheType: String
        let headSizes: String
        let blockSizes: String
        let latent: Bool
        /// Whether it is left out until a GPU has run it.
        let onTrial: Bool
        /// Whether a GPU of this machine has the instructions.
        let runs: Bool
    }

    /// GPUs of this machine.
    private(set) var devices: [String] = []
    /// Why there are none.
    private(set) var refusal: String?
    let kernels: [Kernel]

    init() {
        var architectures: [CUDAArchitecture] = []
        do throws(CUDAError) {
            let driver = try CUDADriver.system.get()
            for ordinal in 0..<(try driver.deviceCount()) {
                let device = try CUDADevice(driver, ordinal: ordinal)
                architectures.append(device.architecture)
                devices.append("\(device.name) (\(device.architecture))")
            }
            if devices.isEmpty { refusal = "the driver lists no GPU" }
        } catch {
            refusal = error.description
        }
        kernels = CUDAKernelList.all.map { kernel in
            Kernel(
                name: kernel.name,
                architecture: "\(kernel.architecture)",
                activationType: kernel.activationType.name,
                cacheType: kernel.cacheType.name,
                headSizes: kernel.form == .prologue ? "all" : kernel.headSizes.summary,
                blockSizes: kernel.blockSizes.summary,
                latent: kernel.servesLatent,
                onTrial: kernel.isOnTrial,
                runs: architectures.contains(where: kernel.runs)
            )
        }
    }

    var rendered: String {
        var rows = Rows()
        rows.addSpace()
        let found = devices.joined(separator: ", ")
        rows.add(title: refusal.map { "CUDA kernels cannot run here: \($0)." } ?? "GPUs: \(found).")
        rows.add(title: "So far they have run on an emulator, not on a GPU.")
        rows.addSpace()
        var table = Table(header: [
            "CUDA kernel", "from", "head sizes", "latent", "on this machine",
        ])
        for kernel in kernels {
            let latent = kernel.latent ? "yes" : "no"
            let outcome = kernel.runs ? kernel.onTrial ? "runs, on trial" : "runs" : "does not run"
            table.add([kernel.name, kernel.architecture, kernel.headSizes, latent, outcome])
        }
        return rows.text + table.text + """

              They serve the GPUs of the execution provider; `paged bench cuda` checks and times them.

            """
    }
}
