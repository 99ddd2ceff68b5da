/* What a JSON reader knows of its stream: the keys that columns want, others that it has met, and
 * the gaps between them.
 *
 * Invariants: a gap is learned only after its bytes have passed every check, and its bytes alone
 * decide whether it fits again, so a gap that is out of date costs time, never a wrong answer. Keys
 * that no column wants are forgotten all at once when the table is full: a stream whose keys never
 * come back has no use for it. */
#include <stdlib.h>

#include "base/hash.h"
#include "simd/json_read.h"

static uint16_t *slot_of(struct weir_json_reader *reader, struct weir_slice key)
{
    uint32_t slot = (uint32_t)weir_hash(key, 0) & reader->slots_mask;
    while (reader->slots[slot] && !weir_slice_equal(reader->keys[reader->slots[slot]], key))
        slot = (slot + 1) & reader->slots_mask;
    return &reader->slots[slot];
}

/* Leaves only the columns' keys. */
static void forget_learned(struct weir_json_reader *reader)
{
    memset(reader->slots, 0, ((size_t)reader->slots_mask + 1) * sizeof(*reader->slots));
    for (uint32_t number = 0; number < reader->keys_count; number++)
        reader->gaps[number].len = 0;
    reader->keys_count = WEIR_JSON_FIRST_KEY + reader->columns_count;
    for (uint32_t number = WEIR_JSON_FIRST_KEY; number < reader->keys_count; number++)
        *slot_of(reader, reader->keys[number]) = (uint16_t)number;
}

bool weir_json_reader_init(struct weir_json_reader *reader, const struct weir_slice *keys,
                           uint32_t keys_count, uint32_t depth_max)
{
    uint32_t keys_max = WEIR_JSON_FIRST_KEY + keys_count + WEIR_JSON_LEARNED_MAX, slots = 1;
    while (slots < 2 * keys_max)
        slots *= 2;
    *reader = (struct weir_json_reader){.keys_max = keys_max,
                                        .keys_count = WEIR_JSON_FIRST_KEY + keys_count,
                                        .columns_count = keys_count,
                                        .slots_mask = slots - 1,
                                        .depth_max = depth_max};
    /* Memory that no key has used yet is never touched, so the room costs nothing. */
    size_t gaps_bytes = keys_max * sizeof(*reader->gaps);
    reader->gaps = aligned_alloc(alignof(struct weir_json_gap), gaps_bytes);
    reader->keys = calloc(keys_max, sizeof(*reader->keys));
    reader->learned_bytes = malloc((size_t)WEIR_JSON_LEARNED_MAX * WEIR_JSON_GAP_BYTES);
    reader->slots = calloc(slots, sizeof(*reader->slots));
    if (!reader->gaps || !reader->keys || !reader->learned_bytes || !reader->slots ||
        keys_max > UINT16_MAX) {
        weir_json_reader_done(reader);
        return false;
    }
    for (uint32_t i = 0; i < keys_count; i++)
        reader->keys[WEIR_JSON_FIRST_KEY + i] = keys[i];
    forget_learned(reader);
    return true;
}

void weir_json_reader_done(struct weir_json_reader *reader)
{
    free(reader->gaps);
    free(reader->keys);
    free(reader->learned_bytes);
    free(reader->slots);
    *reader = (struct weir_json_reader){0};
}

uint32_t weir_json_key_number(struct weir_json_reader *reader, struct weir_slice key)
{
    uint16_t *slot = slot_of(reader, key);
    if (*slot)
        return *slot;
    if (key.len > WEIR_JSON_GAP_BYTES)
        return WEIR_JSON_OTHER_KEY;
    if (reader->keys_count == reader->keys_max) {
        forget_learned(reader);
        slot = slot_of(reader, key);
    }
    uint32_t number = reader->keys_count++;
    uint32_t learned = number - WEIR_JSON_FIRST_KEY - reader->columns_count;
    char *bytes = reader->learned_bytes + (size_t)learned * WEIR_JSON_GAP_BYTES;
    if (key.len > 0)
        memcpy(bytes, key.ptr, key.len);
    reader->keys[number] = weir_slice(bytes, key.len);
    reader->gaps[number].len = 0;
    *slot = (uint16_t)number;
    return number;
}

void weir_json_learn_gap(struct weir_json_reader *reader, uint32_t before, struct weir_slice bytes,
                         uint32_t next)
{
    struct weir_json_gap *gap = &reader->gaps[before];
    if (bytes.len > WEIR_JSON_GAP_BYTES || before >= reader->keys_count ||
        next >= reader->keys_count)
        return; /* too long, or the table was emptied in between */
    memset(gap->bytes, 0, sizeof(gap->bytes));
    memcpy(gap->bytes, bytes.ptr, bytes.len);
    gap->len = (uint32_t)bytes.len;
    gap->mask = bytes.len >= 32 ? UINT32_MAX : ((uint32_t)1 << bytes.len) - 1;
    gap->next = next;
}
