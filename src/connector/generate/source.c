/* The source: rows by number. A position is the next row's number; any row can be made without those before it. */
#include "connector/generate/connector.h"

#include "base/env.h"
#include "column/text.h"
#include "connector/generate/field.h"

#include <stdlib.h>

struct weir_source {
    const struct weir_table *table;
    struct weir_arena arena; /* of the fields */
    struct weir_field *fields;
    bool *needed;
    bool follow;
    uint64_t count; /* UINT64_MAX: no end */
    uint64_t rate;  /* rows a second; 0: no limit */
    const char *names[1];
};

struct weir_split {
    struct weir_source *source;
    uint64_t row;       /* the next one */
    uint64_t row_end;   /* count or limit */
    uint64_t row_ready; /* rate: rows before it may be given now */
    uint64_t row_start; /* rate counts from here .. */
    int64_t started_us; /* .. and from this time (monotonic) */
};

static void source_close(struct weir_source *source)
{
    weir_arena_done(&source->arena);
    free(source->needed);
    free(source);
}

static enum weir_code source_open(const struct weir_table *table,
                                  const struct weir_source_config *config, struct weir_source **ret,
                                  struct weir_error *err)
{
    struct weir_source *source = calloc(1, sizeof(*source));
    if (!source)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    source->table = table;
    source->follow = config->follow;
    source->names[0] = "rows";
    source->count = (uint64_t)weir_options_number(&table->options, "count", -1);
    source->rate = (uint64_t)weir_options_number(&table->options, "rate", 0);
    source->needed = calloc(table->columns_count + 1, sizeof(bool));
    weir_arena_init(&source->arena, WEIR_FIELDS_BYTES_MAX);
    for (uint32_t c = 0; source->needed && c < table->columns_count; c++)
        source->needed[c] = !config->columns_needed || config->columns_needed[c];
    enum weir_code code = source->needed
                              ? weir_fields_parse(table, &source->arena, &source->fields, err)
                              : weir_fail(err, WEIR_NOMEM, "out of memory");
    if (code != WEIR_OK) {
        source_close(source);
        return code;
    }
    *ret = source;
    return WEIR_OK;
}

static enum weir_code source_discover(struct weir_source *source, const char *const **ret_splits,
                                      uint32_t *ret_count, struct weir_error *err)
{
    (void)err;
    *ret_splits = source->names;
    *ret_count = 1;
    return WEIR_OK;
}

/* {"row":N} */
static enum weir_code position_parse(struct weir_slice text, uint64_t *ret, struct weir_error *err)
{
    const struct weir_slice start = WEIR_SLICE("{\"row\":");
    int64_t number = -1;
    bool framed = text.len > start.len && memcmp(text.ptr, start.ptr, start.len) == 0 &&
                  text.ptr[text.len - 1] == '}';
    struct weir_slice digits =
        framed ? weir_slice(text.ptr + start.len, text.len - start.len - 1) : WEIR_SLICE("");
    if (weir_int8_parse(digits, &number, NULL) != WEIR_OK || number < 0)
        return weir_fail(err, WEIR_BAD_DATA, "\"%.*s\" is no position of generated rows",
                         WEIR_FMT(text));
    *ret = (uint64_t)number;
    return WEIR_OK;
}

static enum weir_code source_assign(struct weir_source *source, const char *name,
                                    struct weir_slice from, struct weir_split **ret,
                                    struct weir_error *err)
{
    uint64_t row = 0;
    (void)name;
    if (from.len)
        WEIR_TRY(position_parse(from, &row, err));
    struct weir_split *split = malloc(sizeof(*split));
    if (!split)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    *split = (struct weir_split){.source = source,
                                 .row = row,
                                 .row_end = source->count,
                                 .row_start = row,
                                 .started_us = weir_clock_monotonic_us()};
    *ret = split;
    return WEIR_OK;
}

/* A query reads rows without end as long as it likes (LIMIT); a run that is to end cannot. */
static enum weir_code split_end(struct weir_split *split, struct weir_buffer *ret,
                                struct weir_error *err)
{
    const struct weir_source *source = split->source;
    if (source->count != UINT64_MAX)
        return weir_buffer_printf(ret, err, "{\"row\":%llu}", (unsigned long long)source->count);
    if (!source->follow)
        return WEIR_OK;
    weir_fail(err, WEIR_BAD_CONFIG, "table \"%s\" has no end to drain to", source->table->name);
    return weir_hint(err, "Give it one: OPTIONS (count '1000').");
}

static enum weir_code split_limit(struct weir_split *split, struct weir_slice to,
                                  struct weir_error *err)
{
    uint64_t row = split->source->count;
    if (to.len)
        WEIR_TRY(position_parse(to, &row, err));
    split->row_end = row < split->source->count ? row : split->source->count;
    return WEIR_OK;
}

/* How far the rate lets the split go by now, and when the next row comes. */
static int64_t rate_wait_ms(struct weir_split *split)
{
    uint64_t rate = split->source->rate;
    split->row_ready = UINT64_MAX;
    if (!rate)
        return 0;
    uint64_t elapsed_us = (uint64_t)(weir_clock_monotonic_us() - split->started_us);
    split->row_ready =
        split->row_start + (uint64_t)((unsigned __int128)elapsed_us * rate / 1000000);
    if (split->row < split->row_ready)
        return 0;
    return (int64_t)(1000 / rate) + 1;
}

static enum weir_code split_poll(struct weir_split *split, struct weir_fetch *ret,
                                 struct weir_error *err)
{
    (void)err;
    *ret = (struct weir_fetch){.state = WEIR_FETCH_END,
                               .kind = WEIR_FETCH_ROWS,
                               .offset = (int64_t)split->row,
                               .timestamp_us = WEIR_NO_TIMESTAMP,
                               .source = weir_slice_of(split->source->table->name),
                               .wait_fd = -1,
                               .wait_ms = -1};
    if (split->row >= split->row_end)
        return WEIR_OK;
    int64_t wait_ms = rate_wait_ms(split);
    ret->state = wait_ms ? WEIR_FETCH_IDLE : WEIR_FETCH_DATA;
    ret->wait_ms = wait_ms ? wait_ms : -1;
    return WEIR_OK;
}

static enum weir_code split_read_rows(struct weir_split *split, struct weir_batch *batch,
                                      struct weir_error *err)
{
    const struct weir_source *source = split->source;
    uint64_t end = split->row_end < split->row_ready ? split->row_end : split->row_ready;
    uint32_t count =
        end - split->row < batch->capacity ? (uint32_t)(end - split->row) : batch->capacity;
    for (uint32_t c = 0; c < source->table->columns_count; c++) {
        if (!source->needed[c])
            continue;
        WEIR_TRY(weir_vector_init(&batch->columns[c], source->table->columns[c].type,
                                  batch->capacity, true, batch->arena, err));
        enum weir_code code = weir_field_fill(source->fields, c, split->row, count,
                                              &batch->columns[c], batch->arena, err);
        if (code != WEIR_OK)
            return weir_fail_in(err, "table \"%s\", column \"%s\"", source->table->name,
                                source->table->columns[c].name);
    }
    batch->rows = count;
    split->row += count;
    return WEIR_OK;
}

static void split_consume(struct weir_split *split, size_t count, size_t lines, bool boundary)
{
    (void)split; /* rows are consumed as they are read */
    (void)count;
    (void)lines;
    (void)boundary;
}

static enum weir_code split_position(struct weir_split *split, struct weir_buffer *ret,
                                     struct weir_error *err)
{
    return weir_buffer_printf(ret, err, "{\"row\":%llu}", (unsigned long long)split->row);
}

static void split_progress(struct weir_split *split, double *ret_share, int64_t *ret_lag,
                           bool *ret_unit_bytes)
{
    uint64_t count = split->source->count;
    *ret_unit_bytes = false;
    *ret_share = count == UINT64_MAX ? -1 : count ? (double)split->row / (double)count : 1;
    *ret_lag = count == UINT64_MAX ? -1 : (int64_t)(count - split->row);
}

static void split_revoke(struct weir_split *split)
{
    free(split);
}

const struct weir_source_ops weir_generate_source_ops = {
    .open = source_open,
    .discover = source_discover,
    .assign = source_assign,
    .end = split_end,
    .limit = split_limit,
    .poll = split_poll,
    .read_rows = split_read_rows,
    .consume = split_consume,
    .position = split_position,
    .progress = split_progress,
    .revoke = split_revoke,
    .close = source_close,
};
