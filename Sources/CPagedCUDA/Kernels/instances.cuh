// Which kernels there are: every type of element with every cache. The name of a kernel ends with both, as ElementType
// spells them; a run-time compilation defines PAGED_ONLY as one line of the list.
#pragma once

#if defined(PAGED_ONLY)
#define PAGED_EACH_TYPE(apply, ...) PAGED_EXPAND(apply, PAGED_ONLY, ##__VA_ARGS__)
#define PAGED_EXPAND(apply, ...) apply(__VA_ARGS__)
#else
#define PAGED_EACH_TYPE(apply, ...)                              \
    apply(Float16, float16, Values, float16, ##__VA_ARGS__)      \
    apply(Float16, float16, Int8, int8, ##__VA_ARGS__)           \
    apply(Float16, float16, Float8, float8e4m3fn, ##__VA_ARGS__) \
    apply(Float16, float16, Int4, int4, ##__VA_ARGS__)           \
    apply(Float16, float16, Float4, float4e2m1, ##__VA_ARGS__)   \
    apply(BFloat16, bfloat16, Values, bfloat16, ##__VA_ARGS__)   \
    apply(BFloat16, bfloat16, Int8, int8, ##__VA_ARGS__)         \
    apply(BFloat16, bfloat16, Float8, float8e4m3fn, ##__VA_ARGS__) \
    apply(BFloat16, bfloat16, Int4, int4, ##__VA_ARGS__)         \
    apply(BFloat16, bfloat16, Float4, float4e2m1, ##__VA_ARGS__)
#endif
