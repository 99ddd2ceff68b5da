/* See part_name.h. Letters, digits, '_' and '.' stand for themselves, other bytes become ~XX; a
 * name that would get too long keeps its beginning and ends in "~~" and its hash. */
#include "connector/file/part_name.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

enum { WORD_BYTES_MAX = 80, WORD_KEPT_BYTES = 60 };

static size_t escape_word(const char *word, char *to)
{
    size_t len = 0;
    for (const char *at = word; *at; at++) {
        bool plain = isalnum((unsigned char)*at) || *at == '_' || *at == '.';
        if (len + 3 > WORD_BYTES_MAX) {
            len = WORD_KEPT_BYTES;
            return len +
                   (size_t)sprintf(to + len, "~~%016" PRIx64, weir_hash(weir_slice_of(word), 0));
        }
        len += (size_t)sprintf(to + len, plain ? "%c" : "~%02x", (unsigned char)*at);
    }
    return len;
}

void weir_part_prefix(const char *pipeline, const char *sink, char *to)
{
    char first[WORD_BYTES_MAX + 8] = "", second[WORD_BYTES_MAX + 8] = "";
    escape_word(pipeline, first);
    escape_word(sink, second);
    (void)snprintf(to, WEIR_PART_PREFIX_BYTES, "part-%s-%s-", first, second);
}

void weir_part_name(const char *prefix, const struct weir_part *part, const char *extension,
                    char *to)
{
    (void)snprintf(to, WEIR_PART_NAME_BYTES,
                   "%s%" PRIu64 "-%" PRIu64 "-%" PRIu64 "-%016" PRIx64 "%s", prefix, part->first,
                   part->last, part->rows, part->incarnation, extension);
}

/* The number that fills the text. */
static bool parse_number(struct weir_slice text, int base, uint64_t *ret)
{
    char copy[24], *end;
    if (text.len == 0 || text.len >= sizeof copy || !isxdigit((unsigned char)text.ptr[0]))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    *ret = strtoull(copy, &end, base);
    return *end == 0;
}

bool weir_part_parse(struct weir_slice name, struct weir_part *ret)
{
    struct weir_slice words[4];
    uint64_t *const numbers[4] = {&ret->first, &ret->last, &ret->rows, &ret->incarnation};
    if (name.len < 5 || memcmp(name.ptr, "part-", 5) != 0)
        return false;
    const char *last = memrchr(name.ptr, '-', name.len);
    const char *dot = memchr(last, '.', (size_t)(name.ptr + name.len - last));
    size_t end = dot ? (size_t)(dot - name.ptr) : name.len;
    for (int i = 3; i >= 0; i--) {
        const char *dash = memrchr(name.ptr, '-', end);
        if (!dash)
            return false;
        words[i] = weir_slice(dash + 1, end - (size_t)(dash + 1 - name.ptr));
        end = (size_t)(dash - name.ptr);
        if (!parse_number(words[i], i == 3 ? 16 : 10, numbers[i]))
            return false;
    }
    ret->prefix = weir_slice(name.ptr, end + 1);
    return end > 5 && memchr(name.ptr + 5, '-', end - 5);
}
