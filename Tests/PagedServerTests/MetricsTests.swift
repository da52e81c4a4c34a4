import NIOCore
import PagedServer
import HTTPTypes
import HummingbirdTesting
import PagedEngine
import Testing

@Suite("Metrics")
struct MetricsTests {
    @Test("The page has vLLM's names and our own, in Prometheus' format")
    func page() async throws {
        let generator = ScriptedGenerator(saying: "abc")
        generator.setStatistics {
            $0.runningRequests = 3
            $0.waitingRequests = 2
            ($0.blockCount, $0.blockSize) = (8, 16)
            ($0.liveBlocks, $0.cachedBlocks, $0.freeBlocks) = (2, 1, 5)
            ($0.prefixQueryTokens, $0.prefixHitTokens) = (100, 40)
            ($0.preemptions, $0.steps) = (7, 9)
            ($0.promptTokens, $0.generatedTokens) = (60, 50)
            $0.timeWithoutProgress = .milliseconds(250)
        }
        let server = try TestServer(generator).server()
        let page = try await server.application().test(.router) { client in
            try await client.execute(
                uri: "/v1/completions",
                method: .post,
                headers: [.contentType: "application/json"],
                body: .init(string: #"{"prompt":"a"}"#)
            )
            let response = try await client.execute(uri: "/metrics", method: .get)
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            return response.text
        }
        let lines = Set(page.split(separator: "\n").map(String.init))
        for line in [
            "# TYPE vllm:num_requests_running gauge",
            #"vllm:num_requests_running{model_name="bytes"} 3"#,
            #"vllm:num_requests_waiting{model_name="bytes"} 2"#,
            #"vllm:kv_cache_usage_perc{model_name="bytes"} 0.25"#,
            #"vllm:cache_config_info{block_size="16",num_gpu_blocks="8",model_name="bytes"} 1"#,
            "# TYPE vllm:prefix_cache_queries_total counter",
            #"vllm:prefix_cache_queries_total{model_name="bytes"} 100"#,
            #"vllm:prefix_cache_hits_total{model_name="bytes"} 40"#,
            #"vllm:num_preemptions_total{model_name="bytes"} 7"#,
            #"vllm:prompt_tokens_total{model_name="bytes"} 60"#,
            #"vllm:generation_tokens_total{model_name="bytes"} 50"#,
            #"vllm:request_success_total{finished_reason="stop",model_name="bytes"} 1"#,
            #"vllm:request_success_total{finished_reason="length",model_name="bytes"} 0"#,
            "# TYPE vllm:time_to_first_token_seconds histogram",
            #"vllm:time_to_first_token_seconds_count{model_name="bytes"} 1"#,
            #"vllm:time_to_first_token_seconds_bucket{le="+Inf",model_name="bytes"} 1"#,
            #"vllm:inter_token_latency_seconds_count{model_name="bytes"} 3"#,
            #"vllm:e2e_request_latency_seconds_count{model_name="bytes"} 1"#,
            #"vllm:request_queue_time_seconds_count{model_name="bytes"} 1"#,
            #"paged_live_blocks{model_name="bytes"} 2"#,
            #"paged_cached_blocks{model_name="bytes"} 1"#,
            #"paged_free_blocks{model_name="bytes"} 5"#,
            #"paged_open_connections{model_name="bytes"} 0"#,
            #"paged_steps_total{model_name="bytes"} 9"#,
            #"paged_seconds_without_progress{model_name="bytes"} 0.25"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(page.hasSuffix("\n"))
    }
}
