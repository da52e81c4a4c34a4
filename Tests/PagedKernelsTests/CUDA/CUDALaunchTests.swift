import CPagedCUDA
import Testing

/// What a launch asks of a GPU.
@Suite struct CUDALaunchTests {
    @Test func `The portable kernel fits the shared memory of every GPU up to 256 channels`() {
        for headSize in stride(from: 8, through: 256, by: 8) as StrideThrough<Int32> {
            var call = paged_cuda_call()
            (call.head_size, call.part_limit) = (headSize, 1)
            withUnsafeMutableBytes(of: &call) { memory in
                let address = memory.baseAddress
                memory.bindMemory(to: paged_cuda_call.self)[0].key_cache = address
            }
            #expect(paged_cuda_portable_launch(&call).shared_bytes <= 48 << 10, "\(headSize)")
        }
    }

    @Test(arguments: [16, 8, 4] as [Int32])
    func `Tensor core kernels fit the GPUs that they are for`(_ chunkBytes: Int32) {
        let stages = paged_cuda_prompt_stages(chunkBytes)
        #expect(paged_cuda_prompt_shared_bytes(96, chunkBytes, stages) <= 64 << 10)
        #expect(paged_cuda_prompt_shared_bytes(128, chunkBytes, 1) <= 64 << 10)
        #expect(paged_cuda_prompt_shared_bytes(128, chunkBytes, stages) <= 99 << 10)
        #expect(paged_cuda_prompt_shared_bytes(256, chunkBytes, stages) <= 163 << 10)
        for rows in [PAGED_CUDA_DECODE_ROWS, PAGED_CUDA_WIDE_DECODE_ROWS].map(Int32.init) {
            #expect(paged_cuda_decode_shared_bytes(128, chunkBytes, rows) <= 64 << 10)
            #expect(paged_cuda_decode_shared_bytes(256, chunkBytes, rows) <= 163 << 10)
        }
        #expect(paged_cuda_latent_shared_bytes(576, chunkBytes) <= 163 << 10)
        #expect(paged_cuda_hopper_shared_bytes(256) <= 227 << 10)
    }
}
