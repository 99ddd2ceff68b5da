/* Order, equality and hash of jsonb, on canonical text.
 *
 * PostgreSQL's order: object > array > boolean > number > string > null; the container with more members is greater; then
 * member by member, an object's as key, value, key, value. One quirk of its storage is visible and kept: a scalar by itself
 * is stored as an array of one element, so it is greater than the empty array, though inside containers no scalar is.
 * Sources: PostgreSQL's compareJsonbContainers and section 8.14.4. */
#include "base/hash.h"
#include "column/json.h"
#include "column/numeric.h"
#include "column/text.h"

static int compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Of two string literals by the bytes that they stand for. */
static int literal_compare(struct weir_slice a, struct weir_slice b)
{
    const char *a_at = a.ptr + 1, *a_end = a.ptr + a.len - 1;
    const char *b_at = b.ptr + 1, *b_end = b.ptr + b.len - 1;
    while (a_at < a_end && b_at < b_end) {
        int order = weir_jsonb_string_byte(&a_at) - weir_jsonb_string_byte(&b_at);
        if (order)
            return order;
    }
    return (a_at < a_end) - (b_at < b_end);
}

static int value_compare(struct weir_slice a, struct weir_slice b);

static int container_compare(struct weir_slice a, struct weir_slice b)
{
    int order = compare_int(weir_jsonb_count(a), weir_jsonb_count(b));
    struct weir_jsonb_walk a_walk = weir_jsonb_walk_begin(a), b_walk = weir_jsonb_walk_begin(b);
    while (order == 0 && weir_jsonb_walk_next(&a_walk) && weir_jsonb_walk_next(&b_walk)) {
        if (a_walk.object)
            order = literal_compare(a_walk.key, b_walk.key);
        if (order == 0)
            order = value_compare(a_walk.value, b_walk.value);
    }
    return order;
}

static int value_compare(struct weir_slice a, struct weir_slice b)
{
    enum weir_jsonb_kind kind = weir_jsonb_kind(a), b_kind = weir_jsonb_kind(b);
    if (kind != b_kind)
        return kind < b_kind ? -1 : 1;
    switch (kind) {
    case WEIR_JSONB_NULL:
        return 0;
    case WEIR_JSONB_STRING:
        return literal_compare(a, b);
    case WEIR_JSONB_NUMBER:
        return weir_numeric_compare(a, b);
    case WEIR_JSONB_BOOLEAN:
        return (a.ptr[0] == 't') - (b.ptr[0] == 't');
    default:
        return container_compare(a, b);
    }
}

static bool is_empty_array(struct weir_slice value)
{
    return value.len == 2 && value.ptr[0] == '[';
}

int weir_jsonb_compare(struct weir_slice a, struct weir_slice b)
{
    if (is_empty_array(a) && weir_jsonb_kind(b) < WEIR_JSONB_ARRAY)
        return -1;
    if (is_empty_array(b) && weir_jsonb_kind(a) < WEIR_JSONB_ARRAY)
        return 1;
    return value_compare(a, b);
}

uint64_t weir_jsonb_hash(struct weir_slice value)
{
    enum weir_jsonb_kind kind = weir_jsonb_kind(value);
    if (kind == WEIR_JSONB_NUMBER) /* 1.0 and 1.00 are equal */
        return weir_numeric_hash(value);
    if (kind != WEIR_JSONB_ARRAY && kind != WEIR_JSONB_OBJECT)
        return weir_hash(value, 0);
    uint64_t hash = kind;
    struct weir_jsonb_walk walk = weir_jsonb_walk_begin(value);
    while (weir_jsonb_walk_next(&walk)) {
        hash = weir_hash_mix(hash, weir_hash(walk.key, 0));
        hash = weir_hash_mix(hash, weir_jsonb_hash(walk.value));
    }
    return hash;
}
