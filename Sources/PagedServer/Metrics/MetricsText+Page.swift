import PagedEngine

extension MetricsText {
    /// The page of `/metrics`: vLLM's names, because dashboards and routers know them, then our
    /// own.
    static func page(
        modelName: String,
        statistics: EngineStatistics,
        metrics: ServerMetrics
    ) -> String {
        var page = MetricsText(modelName: modelName)
        page.addGauges(statistics)
        page.addTotals(statistics)
        page.addRequests(metrics)
        page.addExtras(statistics, connections: metrics.connections.count)
        return page.text
    }

    private mutating func addGauges(_ statistics: EngineStatistics) {
        add(
            "vllm:num_requests_running",
            "gauge",
            "Requests being generated.",
            statistics.runningRequests
        )
        add(
            "vllm:num_requests_waiting",
            "gauge",
            "Requests in the queue.",
            statistics.waitingRequests
        )
        add(
            "vllm:kv_cache_usage_perc",
            "gauge",
            "Share of the blocks that running requests hold, from 0 to 1.",
            Double(statistics.liveBlocks) / Double(max(1, statistics.blockCount))
        )
        addInformation(
            "vllm:cache_config_info",
            "The cache's dimensions.",
            [
                ("block_size", "\(statistics.blockSize)"),
                ("num_gpu_blocks", "\(statistics.blockCount)"),
            ]
        )
    }

    private mutating func addTotals(_ statistics: EngineStatistics) {
        let rows = [
            (
                "vllm:prefix_cache_queries_total", "Prompt tokens looked up in the prefix cache.",
                statistics.prefixQueryTokens
            ),
            (
                "vllm:prefix_cache_hits_total", "Prompt tokens found in the prefix cache.",
                statistics.prefixHitTokens
            ),
            (
                "vllm:num_preemptions_total", "Requests put back because blocks ran out.",
                statistics.preemptions
            ),
            (
                "vllm:prompt_tokens_total", "Prompt tokens of admitted requests.",
                statistics.promptTokens
            ),
            ("vllm:generation_tokens_total", "Generated tokens.", statistics.generatedTokens),
        ]
        for (name, help, value) in rows { add(name, "counter", help, value) }
    }

    private mutating func addRequests(_ metrics: ServerMetrics) {
        add(
            "vllm:request_success_total",
            "counter",
            "Requests that ended, by how.",
            label: "finished_reason",
            metrics.endingCounts.map { ($0.word, $0.count) }
        )
        add(
            "vllm:time_to_first_token_seconds",
            "From a request's arrival to its first token.",
            metrics.timeToFirstToken
        )
        add(
            "vllm:inter_token_latency_seconds",
            "Between two tokens of a request.",
            metrics.interTokenLatency
        )
        add(
            "vllm:e2e_request_latency_seconds",
            "From a request's arrival to its end.",
            metrics.endToEndLatency
        )
        add("vllm:request_queue_time_seconds", "In the queue.", metrics.queueTime)
    }

    private mutating func addExtras(_ statistics: EngineStatistics, connections: Int) {
        add(
            "paged_live_blocks",
            "gauge",
            "Blocks that running requests hold.",
            statistics.liveBlocks
        )
        add(
            "paged_cached_blocks",
            "gauge",
            "Blocks that only the prefix cache holds.",
            statistics.cachedBlocks
        )
        add("paged_free_blocks", "gauge", "Blocks that hold nothing.", statistics.freeBlocks)
        add("paged_steps_total", "counter", "Steps run.", statistics.steps)
        add(
            "paged_seconds_without_progress",
            "gauge",
            "Time since the last step while there is work.",
            statistics.timeWithoutProgress.seconds
        )
        add("paged_open_connections", "gauge", "Connections of clients.", connections)
        addInformation("paged_build_info", "The server's version.", [("version", Version.current)])
    }
}
