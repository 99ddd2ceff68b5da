/* Decoders' common part. Vectors of text are the spans themselves, so that a column of plain texts
 * costs one look at eight kinds a time; every other type is parsed from its text by column/text.h,
 * as PostgreSQL's input functions do.
 *
 * Invariants: a row that is bad has a reason in _error; a value that did not convert is NULL and
 * its row is bad; spans whose value is NULL are empty slices, not leftovers. */
#include "format/decoder.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "column/text.h"
#include "simd/utf8.h"

enum { SKIPPED_RAW_BYTES_MAX = 64 << 10 };

enum weir_code weir_decoder_init(struct weir_decoder *decoder, const struct weir_table *table,
                                 const bool *columns_needed, const bool *hidden_needed,
                                 struct weir_error *err)
{
    decoder->table = table;
    memcpy(decoder->hidden_needed, hidden_needed, sizeof(decoder->hidden_needed));
    weir_buffer_init(&decoder->skipped_start, SKIPPED_RAW_BYTES_MAX);
    decoder->wanted = calloc((size_t)table->columns_count + 1, sizeof(*decoder->wanted));
    if (!decoder->wanted)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t i = 0; i < table->columns_count; i++)
        if (columns_needed[i])
            decoder->wanted[decoder->wanted_count++] = i;
    return WEIR_OK;
}

void weir_decoder_done(struct weir_decoder *decoder)
{
    free(decoder->wanted);
    weir_buffer_done(&decoder->skipped_start);
}

static struct weir_vector *hidden(const struct weir_decoder *decoder, enum weir_hidden which)
{
    return &decoder->batch->columns[decoder->table->columns_count + which];
}

/* A fetch of `bytes` bytes cannot have more rows than that, whatever the format (and one where it
 * ends without a newline). */
static uint32_t rows_in(const struct weir_fetch *fetch, uint32_t capacity)
{
    size_t most = fetch->kind == WEIR_FETCH_RECORDS ? fetch->records_count : fetch->bytes.len + 1;
    return most < capacity ? (uint32_t)most : capacity;
}

/* A vector over slices that will all be written: spans by a kernel, those of NULLs when they are
 * converted. */
static enum weir_code slices_init(struct weir_vector *vector, enum weir_type type,
                                  struct weir_slice *slices, uint32_t rows_max,
                                  struct weir_arena *arena, struct weir_error *err)
{
    *vector = (struct weir_vector){.type = type, .s = slices};
    vector->valid = WEIR_NEW_ARRAY(arena, uint64_t, weir_valid_words(rows_max));
    return vector->valid ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory for a batch");
}

static enum weir_code begin_rows(struct weir_decoder *decoder, struct weir_batch *batch,
                                 uint32_t rows_max, struct weir_error *err)
{
    struct weir_arena *arena = batch->arena;
    decoder->batch = batch;
    decoder->rows_max = rows_max;
    decoder->bad_count = 0;
    decoder->columns = WEIR_NEW_ARRAY(arena, struct weir_span_column, decoder->wanted_count + 1);
    if (!decoder->columns)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a batch");
    for (uint32_t i = 0; i < decoder->wanted_count; i++) {
        enum weir_type type = decoder->table->columns[decoder->wanted[i]].type;
        struct weir_vector *vector = &batch->columns[decoder->wanted[i]];
        struct weir_span_column *column = &decoder->columns[i];
        column->spans =
            weir_arena_alloc(arena, rows_max * sizeof(*column->spans), alignof(struct weir_slice));
        if (weir_type_is_slice(type))
            WEIR_TRY(slices_init(vector, type, column->spans, rows_max, arena, err));
        else
            WEIR_TRY(weir_vector_init(vector, type, rows_max, false, arena, err));
        column->kinds = WEIR_NEW_ARRAY(arena, uint8_t, weir_valid_words(rows_max) * 64);
        if (!column->spans || !column->kinds)
            return weir_fail(err, WEIR_NOMEM, "out of memory for a batch");
    }
    decoder->errors = hidden(decoder, WEIR_HIDDEN_ERROR);
    WEIR_TRY(weir_vector_init(decoder->errors, WEIR_TEXT, rows_max, false, arena, err));
    decoder->records = NULL;
    if (decoder->hidden_needed[WEIR_HIDDEN_RAW]) {
        struct weir_vector *raw = hidden(decoder, WEIR_HIDDEN_RAW);
        WEIR_TRY(weir_vector_init(raw, WEIR_BYTEA, rows_max, true, arena, err));
        decoder->records = raw->s;
    }
    return WEIR_OK;
}

enum weir_code weir_decode_begin(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                                 struct weir_batch *batch, struct weir_error *err)
{
    return begin_rows(decoder, batch, rows_in(fetch, batch->capacity), err);
}

void weir_decode_fail(struct weir_decoder *decoder, uint32_t row, const char *format, ...)
{
    if (weir_valid(decoder->errors, row))
        return;
    char text[sizeof(((struct weir_error *)0)->text)];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    size_t bytes = len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    bytes = weir_utf8_valid_prefix(
        text, bytes); /* cut inside a character, or by what is wrong with the text */
    struct weir_slice copy = weir_arena_slice(decoder->batch->arena, weir_slice(text, bytes));
    decoder->errors->s[row] = copy.ptr ? copy : WEIR_SLICE("out of memory for an error message");
    weir_set_valid(decoder->errors, row, true);
    decoder->bad_count++;
}

void weir_decode_clear(struct weir_decoder *decoder, uint32_t row)
{
    for (uint32_t i = 0; i < decoder->wanted_count; i++)
        decoder->columns[i].kinds[row] = WEIR_SPAN_NONE;
}

void weir_decode_tombstone(struct weir_decoder *decoder, uint32_t row)
{
    weir_decode_clear(decoder, row);
    if (!decoder->records)
        return;
    decoder->records[row] = WEIR_SLICE("");
    weir_set_valid(hidden(decoder, WEIR_HIDDEN_RAW), row, false);
}

bool weir_decode_encoding_error(struct weir_slice text, char *message, size_t message_size)
{
    size_t fine = weir_utf8_valid_prefix(text.ptr, text.len);
    const char *nul = memchr(text.ptr, 0, fine);
    if (!nul && fine == text.len)
        return false;
    const char *at = nul ? nul : text.ptr + fine;
    unsigned char lead = (unsigned char)*at;
    size_t character = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 1;
    size_t left = (size_t)(text.ptr + text.len - at);
    int len = snprintf(message, message_size, "invalid byte sequence for encoding \"UTF8\":");
    for (size_t i = 0; i < character && i < left && (size_t)len + 6 < message_size; i++)
        len += snprintf(message + len, message_size - (size_t)len, " 0x%02x", (unsigned char)at[i]);
    return true;
}

/* The text of a value that is still to be decoded. *ret_fine false: it is no text, which has been
 * noted. */
static enum weir_code span_text(struct weir_decoder *decoder, uint32_t i, uint32_t row,
                                struct weir_slice *ret, bool *ret_fine, struct weir_error *err)
{
    *ret = decoder->columns[i].spans[row];
    enum weir_code code = decoder->unescape(decoder, *ret, decoder->batch->arena, ret, err);
    *ret_fine = code == WEIR_OK;
    if (code != WEIR_BAD_DATA)
        return code;
    weir_decode_fail(decoder, row, "column \"%s\": %s",
                     decoder->table->columns[decoder->wanted[i]].name, err->text);
    *ret_fine = false;
    return WEIR_OK;
}

/* Of eight kinds, a bit for each that is a value. */
static inline uint64_t value_bits(uint64_t kinds)
{
    return (kinds >> 7 & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >> 56;
}

static enum weir_code convert_text(struct weir_decoder *decoder, uint32_t i, uint32_t rows,
                                   struct weir_error *err)
{
    const struct weir_span_column *column = &decoder->columns[i];
    struct weir_vector *vector = &decoder->batch->columns[decoder->wanted[i]];
    for (uint32_t first = 0; first < rows; first += 64) {
        uint64_t valid = 0, any = 0, kinds;
        for (uint32_t byte = 0; byte < 8; byte++) {
            memcpy(&kinds, column->kinds + first + 8 * byte, sizeof(kinds));
            valid |= value_bits(kinds) << (8 * byte);
            any |= kinds;
        }
        uint32_t count = rows - first < 64 ? rows - first : 64;
        uint64_t nulls = ~valid & (count == 64 ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1);
        for (; nulls; nulls &= nulls - 1)
            vector->s[first + (uint32_t)__builtin_ctzll(nulls)] = WEIR_SLICE("");
        vector->valid[first >> 6] = valid;
        if (!(any & UINT64_C(0x4040404040404040)))
            continue;
        for (uint32_t row = first; row < first + count; row++) {
            bool fine;
            if (!(column->kinds[row] & WEIR_SPAN_TO_DECODE))
                continue;
            WEIR_TRY(span_text(decoder, i, row, &vector->s[row], &fine, err));
            weir_set_valid(vector, row, fine);
        }
    }
    return WEIR_OK;
}

static enum weir_code convert_parsed(struct weir_decoder *decoder, uint32_t i, uint32_t rows,
                                     int64_t now_us, struct weir_error *err)
{
    const struct weir_span_column *column = &decoder->columns[i];
    struct weir_vector *vector = &decoder->batch->columns[decoder->wanted[i]];
    bool json = vector->type == WEIR_JSONB && decoder->strings_are_json;
    bool slices = weir_type_is_slice(vector->type);
    for (uint32_t row = 0; row < rows; row++) {
        uint8_t kind = column->kinds[row];
        struct weir_slice text;
        bool fine = (kind & WEIR_SPAN_VALUE) != 0;
        if (fine && json)
            text = kind == WEIR_SPAN_BARE
                       ? column->spans[row]
                       : weir_slice(column->spans[row].ptr - 1, column->spans[row].len + 2);
        else if (kind & WEIR_SPAN_TO_DECODE)
            WEIR_TRY(span_text(decoder, i, row, &text, &fine, err));
        else
            text = column->spans[row];
        if (fine) {
            enum weir_code code = weir_value_parse(vector->type, text, now_us,
                                                   decoder->batch->arena, vector, row, err);
            if (code == WEIR_OK)
                continue;
            if (code == WEIR_NOMEM)
                return code;
            weir_decode_fail(decoder, row, "column \"%s\": %s",
                             decoder->table->columns[decoder->wanted[i]].name, err->text);
        }
        weir_set_valid(vector, row, false);
        if (slices)
            vector->s[row] = WEIR_SLICE("");
    }
    return WEIR_OK;
}

enum weir_code weir_decode_finish(struct weir_decoder *decoder, uint32_t rows, int64_t now_us,
                                  struct weir_decoded *ret, struct weir_error *err)
{
    for (uint32_t i = 0; i < decoder->wanted_count; i++) {
        enum weir_type type = decoder->table->columns[decoder->wanted[i]].type;
        if (type == WEIR_TEXT || type == WEIR_UNKNOWN ||
            (type == WEIR_BYTEA && decoder->bytea_is_bytes))
            WEIR_TRY(convert_text(decoder, i, rows, err));
        else
            WEIR_TRY(convert_parsed(decoder, i, rows, now_us, err));
    }
    decoder->batch->rows = rows;
    decoder->batch->selection = (struct weir_selection){NULL, rows};
    ret->bad_count = decoder->bad_count;
    return WEIR_OK;
}

static void skip_keep(struct weir_decoder *decoder, struct weir_slice bytes)
{
    size_t room = SKIPPED_RAW_BYTES_MAX - decoder->skipped_start.len;
    decoder->skipped_bytes += bytes.len;
    bytes.len = bytes.len < room ? bytes.len : room;
    WEIR_IGNORE(weir_buffer_append(&decoder->skipped_start, bytes, NULL), "_raw is cut anyway");
}

void weir_decode_skip_start(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                            struct weir_decoded *ret)
{
    decoder->skipping = true;
    decoder->skipped_offset = fetch->offset;
    decoder->skipped_bytes = 0;
    decoder->skipped_bytes_max = fetch->bytes.len;
    decoder->skipped_start.len = 0;
    skip_keep(decoder, fetch->bytes);
    *ret = (struct weir_decoded){.consumed = fetch->bytes.len, .boundary = false};
}

enum weir_code weir_decode_skip(struct weir_decoder *decoder, const struct weir_fetch *fetch,
                                struct weir_batch *batch, int64_t now_us, struct weir_decoded *ret,
                                struct weir_error *err)
{
    struct weir_slice bytes = fetch->bytes;
    const char *newline = bytes.len ? memchr(bytes.ptr, '\n', bytes.len) : NULL;
    if (!newline && !fetch->last) {
        skip_keep(decoder, bytes);
        *ret = (struct weir_decoded){.consumed = bytes.len, .boundary = false};
        return WEIR_OK;
    }
    bytes.len = newline ? (size_t)(newline - bytes.ptr) : bytes.len;
    skip_keep(decoder, bytes);
    *ret = (struct weir_decoded){
        .consumed = bytes.len + (newline != NULL), .lines = newline != NULL, .boundary = true};
    WEIR_TRY(begin_rows(decoder, batch, 1, err));
    if (decoder->records)
        decoder->records[0] = weir_buffer_slice(&decoder->skipped_start);
    if (decoder->hidden_needed[WEIR_HIDDEN_OFFSET]) {
        struct weir_vector *offset = hidden(decoder, WEIR_HIDDEN_OFFSET);
        WEIR_TRY(weir_vector_init(offset, WEIR_INT8, 1, true, batch->arena, err));
        offset->i8[0] = decoder->skipped_offset;
    }
    weir_decode_fail(
        decoder, 0, "record of %zu bytes is longer than %zu (option max_record)%s",
        decoder->skipped_bytes, decoder->skipped_bytes_max,
        decoder->skipped_bytes > SKIPPED_RAW_BYTES_MAX ? "; _raw holds its first 65536 bytes" : "");
    decoder->skipping = false;
    return weir_decode_finish(decoder, 1, now_us, ret, err);
}
