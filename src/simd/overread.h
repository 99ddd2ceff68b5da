/* Reading past the end of bytes of unknown origin (SQL constants, literals), which have no padding
 * behind them. */
#ifndef WEIR_SIMD_OVERREAD_H
#define WEIR_SIMD_OVERREAD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WEIR_MEMORY_IS_WATCHED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEIR_MEMORY_IS_WATCHED 1
#endif

/* Whether 32 bytes may be read at `from`, where at least one is known to be readable: memory is
 * given in pages, so this holds as long as they do not reach into the next one. Never under a
 * sanitizer, which knows better. */
static inline bool weir_may_read_32(const char *from)
{
#ifdef WEIR_MEMORY_IS_WATCHED
    (void)from;
    return false;
#else
    return ((uintptr_t)from & 4095) <= 4096 - 32;
#endif
}

#endif
