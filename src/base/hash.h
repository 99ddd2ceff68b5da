/* Hashes: fast ones for tables (xxHash3, seeded per process is not needed: keys are bounded),
 * CRC32C for storage. */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

uint64_t weir_hash(struct weir_slice bytes, uint64_t seed); /* XXH3 64 */
uint32_t weir_crc32c(uint32_t crc, const void *bytes,
                     size_t len); /* Castagnoli; start with 0; SSE4.2 where present */

static inline uint64_t weir_hash_mix(uint64_t a,
                                     uint64_t b) /* combines two hashes, order matters */
{
    return (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2))) * 0xff51afd7ed558ccdu;
}

#endif
