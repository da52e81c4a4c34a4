// Which kernels there are: every type of element with every cache. The name of a kernel ends with both, as ElementType
// spells them. A compilation for one pair of types defines PAGED_ONLY as the arguments of its line.
#pragma once

#if defined(PAGED_ONLY)
#define PAGED_EACH_FLOAT16(apply, extra) PAGED_EXPAND(apply, PAGED_ONLY, extra)
#define PAGED_EACH_BFLOAT16(apply, extra)
#define PAGED_EXPAND(apply, ...) apply(__VA_ARGS__)
#else
#define PAGED_EACH_FLOAT16(apply, extra)                    \
    apply(Float16, float16, Values, float16, extra)         \
    apply(Float16, float16, Int8, int8, extra)              \
    apply(Float16, float16, Float8, float8e4m3fn, extra)    \
    apply(Float16, float16, Int4, int4, extra)              \
    apply(Float16, float16, Float4, float4e2m1, extra)
#define PAGED_EACH_BFLOAT16(apply, extra)                   \
    apply(BFloat16, bfloat16, Values, bfloat16, extra)      \
    apply(BFloat16, bfloat16, Int8, int8, extra)            \
    apply(BFloat16, bfloat16, Float8, float8e4m3fn, extra)  \
    apply(BFloat16, bfloat16, Int4, int4, extra)            \
    apply(BFloat16, bfloat16, Float4, float4e2m1, extra)
#endif
#define PAGED_EACH_TYPE(apply, extra) PAGED_EACH_FLOAT16(apply, extra) PAGED_EACH_BFLOAT16(apply, extra)
