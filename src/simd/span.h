/* What a record kernel finds for each column: where the value's bytes lie and what they are.
 * Kernels fill these by column, so that a column of plain text needs no second look: its spans are
 * the vector. */
#ifndef WEIR_SIMD_SPAN_H
#define WEIR_SIMD_SPAN_H

#include <stdint.h>

#include "base/slice.h"

enum weir_span_kind {
    WEIR_SPAN_NONE = 0, /* not in the record; the span is arbitrary */
    WEIR_SPAN_NULL = 1, /* a NULL; the span is arbitrary */
    /* Values have WEIR_SPAN_VALUE set. */
    WEIR_SPAN_TEXT = 0x80,   /* the text itself: JSON between its quotes, CSV not quoted */
    WEIR_SPAN_QUOTED = 0x81, /* CSV: the text itself, between quotes */
    WEIR_SPAN_BARE = 0x82,   /* JSON: a number, true, false, an object or an array as it stands */
    WEIR_SPAN_ESCAPED =
        0xc0 /* text with escapes (CSV: doubled quotes) that are still to be decoded */
};
enum { WEIR_SPAN_VALUE = 0x80, WEIR_SPAN_TO_DECODE = 0x40 };

/* One column's output: entry [row] of each. */
struct weir_span_column {
    struct weir_slice *spans;
    uint8_t *kinds; /* enum weir_span_kind; NONE before the kernel starts */
};

#endif
