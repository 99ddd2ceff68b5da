/* The choice of instruction set.
 *
 * Every kernel family (text, JSON, CSV, UTF-8) keeps one table of functions an instruction set and picks by this level
 * when it is first asked. The portable file is the reference: results never depend on the level. The environment is read
 * here and nowhere else, so that tests can run everything on both. */
#include "simd/dispatch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static enum weir_simd level_find(void)
{
    const char *asked = getenv("WEIR_SIMD");
    if (asked && strcmp(asked, "portable") == 0)
        return WEIR_SIMD_PORTABLE;
#ifdef WEIR_HAVE_AVX2
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
        __builtin_cpu_supports("pclmul"))
        return WEIR_SIMD_AVX2;
#endif
    return WEIR_SIMD_PORTABLE;
}

enum weir_simd weir_simd_level(void)
{
    static _Atomic int known = -1; /* racing threads find the same */
    int level = atomic_load_explicit(&known, memory_order_relaxed);
    if (level < 0) {
        level = (int)level_find();
        atomic_store_explicit(&known, level, memory_order_relaxed);
    }
    return (enum weir_simd)level;
}

const char *weir_simd_name(enum weir_simd level)
{
    return level == WEIR_SIMD_AVX2 ? "avx2" : "portable";
}
