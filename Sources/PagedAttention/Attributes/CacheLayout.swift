/// Which cache tensors a node has; raw values are those of `kv_cache_layout`.
public enum CacheLayout: String, Sendable, CaseIterable {
    /// A key cache and a value cache.
    case separate = "SEPARATE"
    /// One cache of latent rows (absorbed multi-head latent attention).
    case latent = "LATENT"
}
