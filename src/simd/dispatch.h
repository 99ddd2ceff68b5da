/* Which instruction set the kernels use: asked once, the same for the life of the process. Any
 * thread. */
#ifndef WEIR_SIMD_DISPATCH_H
#define WEIR_SIMD_DISPATCH_H

enum weir_simd {
    WEIR_SIMD_PORTABLE, /* plain C: the reference that the others must equal byte for byte */
    WEIR_SIMD_AVX2,     /* AVX2, BMI1, BMI2 and PCLMULQDQ */
};

/* The best level of this machine, or what WEIR_SIMD=portable|best in the environment asks for. */
enum weir_simd weir_simd_level(void);

#endif
