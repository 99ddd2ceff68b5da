/* Word lists to make values from. */
#ifndef WEIR_CONNECTOR_GENERATE_WORDS_H
#define WEIR_CONNECTOR_GENERATE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct weir_words {
    const struct weir_slice *items;
    uint32_t count;
};

extern const struct weir_words weir_words_first_names;
extern const struct weir_words weir_words_last_names;
extern const struct weir_words
    weir_words_cities; /* of the whole world; one in twenty is in the USA */
extern const struct weir_words weir_words_countries;
extern const struct weir_words weir_words_domains; /* reserved for examples: RFC 2606 */
extern const struct weir_words weir_words_plain;   /* NATO's spelling alphabet */

#endif
