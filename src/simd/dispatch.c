/* Run-time choice of kernels.
 *
 * Every kernel family has a table of functions for each instruction set (x_portable.c, x_avx2.c)
 * and a function that returns the table for weir_simd_level(). Callers take the table once and call
 * through it for a batch, a record or at least a value, so that the indirect call is paid for by
 * what it does. Files compiled for AVX2 must not be entered before this file has said yes. */
#include "simd/dispatch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { LEVEL_UNKNOWN = -1 };

static enum weir_simd machine_level(void)
{
#ifdef WEIR_HAVE_AVX2
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul"))
        return WEIR_SIMD_AVX2;
#endif
    return WEIR_SIMD_PORTABLE;
}

enum weir_simd weir_simd_level(void)
{
    static _Atomic int cached = LEVEL_UNKNOWN;
    int level = atomic_load_explicit(&cached, memory_order_relaxed);
    if (level == LEVEL_UNKNOWN) {
        const char *wanted = getenv("WEIR_SIMD");
        level = wanted && strcmp(wanted, "portable") == 0 ? WEIR_SIMD_PORTABLE : machine_level();
        atomic_store_explicit(&cached, level, memory_order_relaxed);
    }
    return (enum weir_simd)level;
}
