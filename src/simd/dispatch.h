/* Which instruction set the byte kernels use: decided once, by the processor and by WEIR_SIMD. */
#ifndef WEIR_SIMD_DISPATCH_H
#define WEIR_SIMD_DISPATCH_H

enum weir_simd { WEIR_SIMD_PORTABLE, WEIR_SIMD_AVX2 };

/* The best that this processor has, or what WEIR_SIMD=portable asks for (WEIR_SIMD=best is the default). Any thread. */
enum weir_simd weir_simd_level(void);
const char *weir_simd_name(enum weir_simd level); /* "portable", "avx2" */

#endif
