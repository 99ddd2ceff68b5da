/* A scan: one split of a table as batches. It joins the three who do the work: the connector that
 * fetches, the format that decodes, and the on_error rule.
 *
 * One arena a scan, emptied for each batch, so that a long run takes no memory once it has warmed
 * up. What was decoded is consumed in the split only by weir_scan_done: a position taken before it
 * still stands in front of the batch.
 *
 * Invariants: batch.columns has the declared columns and then all hidden ones; those that nobody
 * needs have data == NULL. A batch never reaches over the end of a fetch. Not here: waiting (the
 * caller polls wait_fd), positions (the split's), expression errors. */
#include "op/op.h"

#include <stdlib.h>

/* Decoded values of one batch: a record of the largest size (option max_record), several times
 * over. */
#define SCAN_ARENA_BYTES_MAX ((size_t)512 << 20)

struct weir_scan {
    const struct weir_table *table;
    const struct weir_source_ops *source;
    struct weir_split *split;
    enum weir_on_error on_error;
    bool hidden_needed[WEIR_HIDDEN_COUNT];
    struct weir_decoder *decoder; /* NULL: typed rows */
    struct weir_arena arena;
    struct weir_batch batch;
    struct weir_fetch fetch;            /* the last poll */
    struct weir_decoded decoded;        /* what weir_scan_done tells the split */
    bool pending;                       /* decoded, but not told yet */
    uint32_t rows[WEIR_BATCH_ROWS_MAX]; /* selection, where rows are skipped */
    struct weir_vector columns[];
};

static struct weir_vector *hidden(struct weir_scan *scan, enum weir_hidden which)
{
    return &scan->batch.columns[scan->table->columns_count + which];
}

enum weir_code weir_scan_open(const struct weir_table *table, const bool *columns_needed,
                              const bool *hidden_needed, enum weir_on_error on_error,
                              struct weir_split *split, struct weir_scan **ret,
                              struct weir_error *err)
{
    uint32_t columns_count = table->columns_count + WEIR_HIDDEN_COUNT;
    struct weir_scan *scan = calloc(1, sizeof(*scan) + columns_count * sizeof(scan->columns[0]));
    if (!scan)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    scan->table = table;
    scan->source = table->connector->source;
    scan->split = split;
    scan->on_error = on_error;
    memcpy(scan->hidden_needed, hidden_needed, sizeof(scan->hidden_needed));
    weir_arena_init(&scan->arena, SCAN_ARENA_BYTES_MAX);
    scan->batch = (struct weir_batch){.arena = &scan->arena,
                                      .columns = scan->columns,
                                      .columns_count = columns_count,
                                      .capacity = weir_batch_rows()};
    if (!table->connector->typed_rows) {
        /* _raw says where a record begins: _offset and the line of a bad record are counted from
         * it. */
        bool decoder_hidden[WEIR_HIDDEN_COUNT];
        memcpy(decoder_hidden, hidden_needed, sizeof(decoder_hidden));
        decoder_hidden[WEIR_HIDDEN_RAW] |=
            hidden_needed[WEIR_HIDDEN_OFFSET] || on_error == WEIR_ON_ERROR_FAIL;
        enum weir_code code =
            table->format->decoder_new(table, columns_needed, decoder_hidden, &scan->decoder, err);
        if (code != WEIR_OK) {
            weir_scan_close(scan);
            return code;
        }
    }
    *ret = scan;
    return WEIR_OK;
}

/* An empty batch: no memory taken, every vector not there but typed. */
static void batch_reset(struct weir_scan *scan)
{
    weir_arena_reset(&scan->arena);
    memset(scan->columns, 0, scan->batch.columns_count * sizeof(scan->columns[0]));
    for (uint32_t c = 0; c < scan->table->columns_count; c++)
        scan->columns[c].type = scan->table->columns[c].type;
    for (uint32_t h = 0; h < WEIR_HIDDEN_COUNT; h++)
        hidden(scan, h)->type = weir_hidden_types[h];
    scan->batch.rows = 0;
    scan->batch.selection = (struct weir_selection){NULL, 0};
}

static enum weir_code hidden_init(struct weir_scan *scan, enum weir_hidden which, bool valid,
                                  struct weir_error *err)
{
    return weir_vector_init(hidden(scan, which), weir_hidden_types[which], scan->batch.capacity,
                            valid, &scan->arena, err);
}

static enum weir_code fill_key(struct weir_scan *scan, struct weir_error *err)
{
    WEIR_TRY(hidden_init(scan, WEIR_HIDDEN_KEY, false, err));
    struct weir_vector *to = hidden(scan, WEIR_HIDDEN_KEY);
    bool keyed = scan->fetch.kind == WEIR_FETCH_RECORDS;
    for (uint32_t row = 0; row < scan->batch.rows; row++) {
        struct weir_slice key = keyed ? scan->fetch.records[row].key : (struct weir_slice){NULL, 0};
        to->s[row] = key.ptr ? key : WEIR_SLICE("");
        weir_set_valid(to, row, key.ptr != NULL);
    }
    return WEIR_OK;
}

static enum weir_code fill_timestamp(struct weir_scan *scan, struct weir_error *err)
{
    WEIR_TRY(hidden_init(scan, WEIR_HIDDEN_TIMESTAMP, false, err));
    struct weir_vector *to = hidden(scan, WEIR_HIDDEN_TIMESTAMP);
    bool records = scan->fetch.kind == WEIR_FETCH_RECORDS;
    for (uint32_t row = 0; row < scan->batch.rows; row++) {
        to->i8[row] = records ? scan->fetch.records[row].timestamp_us : scan->fetch.timestamp_us;
        weir_set_valid(to, row, to->i8[row] != WEIR_NO_TIMESTAMP);
    }
    return WEIR_OK;
}

static enum weir_code fill_offset(struct weir_scan *scan, struct weir_error *err)
{
    WEIR_TRY(hidden_init(scan, WEIR_HIDDEN_OFFSET, true, err));
    struct weir_vector *to = hidden(scan, WEIR_HIDDEN_OFFSET);
    const struct weir_fetch *fetch = &scan->fetch;
    const struct weir_vector *raw = hidden(scan, WEIR_HIDDEN_RAW);
    for (uint32_t row = 0; row < scan->batch.rows; row++) {
        switch (fetch->kind) {
        case WEIR_FETCH_RECORDS:
            to->i8[row] = fetch->records[row].offset;
            break;
        case WEIR_FETCH_BYTES:
            to->i8[row] = fetch->offset + (raw->s[row].ptr - fetch->bytes.ptr);
            break;
        case WEIR_FETCH_ROWS:
            to->i8[row] = fetch->offset + row;
            weir_set_valid(to, row, fetch->offset >= 0);
            break;
        }
    }
    return WEIR_OK;
}

static enum weir_code fill_constant(struct weir_scan *scan, enum weir_hidden which,
                                    struct weir_error *err)
{
    WEIR_TRY(hidden_init(scan, which, which != WEIR_HIDDEN_RAW && which != WEIR_HIDDEN_ERROR, err));
    struct weir_vector *to = hidden(scan, which);
    for (uint32_t row = 0; row < scan->batch.rows; row++) {
        if (which == WEIR_HIDDEN_PARTITION)
            to->i4[row] = scan->fetch.partition;
        else
            to->s[row] = which == WEIR_HIDDEN_SOURCE ? scan->fetch.source : WEIR_SLICE("");
    }
    return WEIR_OK;
}

/* The hidden columns that the decoder does not fill. */
static enum weir_code fill_hidden(struct weir_scan *scan, struct weir_error *err)
{
    const bool *needed = scan->hidden_needed;
    if (needed[WEIR_HIDDEN_KEY])
        WEIR_TRY(fill_key(scan, err));
    if (needed[WEIR_HIDDEN_TIMESTAMP])
        WEIR_TRY(fill_timestamp(scan, err));
    if (needed[WEIR_HIDDEN_PARTITION])
        WEIR_TRY(fill_constant(scan, WEIR_HIDDEN_PARTITION, err));
    if (needed[WEIR_HIDDEN_OFFSET] && !hidden(scan, WEIR_HIDDEN_OFFSET)->data)
        WEIR_TRY(fill_offset(scan, err));
    if (needed[WEIR_HIDDEN_SOURCE])
        WEIR_TRY(fill_constant(scan, WEIR_HIDDEN_SOURCE, err));
    if (needed[WEIR_HIDDEN_RAW] && !hidden(scan, WEIR_HIDDEN_RAW)->data)
        WEIR_TRY(fill_constant(scan, WEIR_HIDDEN_RAW, err));
    if (needed[WEIR_HIDDEN_ERROR] && !hidden(scan, WEIR_HIDDEN_ERROR)->data)
        WEIR_TRY(fill_constant(scan, WEIR_HIDDEN_ERROR, err));
    return WEIR_OK;
}

/* The 1-based line on which a record of the fetch begins. */
static int64_t record_line(const struct weir_fetch *fetch, struct weir_slice raw)
{
    int64_t line = fetch->line + 1;
    const char *at = fetch->bytes.ptr, *end = at + fetch->bytes.len;
    if (raw.ptr >= at && raw.ptr <= end)
        end = raw.ptr;
    else
        end = at;
    while ((at = memchr(at, '\n', (size_t)(end - at)))) {
        line++;
        at++;
    }
    return line;
}

static enum weir_code bad_record(struct weir_scan *scan, uint32_t row, struct weir_error *err)
{
    const struct weir_fetch *fetch = &scan->fetch;
    struct weir_slice why = hidden(scan, WEIR_HIDDEN_ERROR)->s[row];
    switch (fetch->kind) {
    case WEIR_FETCH_RECORDS:
        weir_fail(err, WEIR_BAD_DATA, "%.*s partition %d offset %lld: %.*s",
                  WEIR_FMT(fetch->source), (int)fetch->partition,
                  (long long)fetch->records[row].offset, WEIR_FMT(why));
        break;
    case WEIR_FETCH_BYTES:
        weir_fail(err, WEIR_BAD_DATA, "%.*s:%lld: %.*s", WEIR_FMT(fetch->source),
                  (long long)record_line(fetch, hidden(scan, WEIR_HIDDEN_RAW)->s[row]),
                  WEIR_FMT(why));
        break;
    case WEIR_FETCH_ROWS:
        weir_fail(err, WEIR_BAD_DATA, "%.*s row %u: %.*s", WEIR_FMT(fetch->source), row + 1,
                  WEIR_FMT(why));
        break;
    }
    return weir_hint(
        err,
        "on_error 'null' of foreign table \"%s\" reads such a record as NULLs with the "
        "reason in _error, 'skip' leaves it out.",
        scan->table->name);
}

/* Applies on_error to a batch in which bad_count rows have _error set. */
static enum weir_code apply_on_error(struct weir_scan *scan, struct weir_scan_result *ret,
                                     struct weir_error *err)
{
    struct weir_batch *batch = &scan->batch;
    const struct weir_vector *why = hidden(scan, WEIR_HIDDEN_ERROR);
    uint32_t kept = 0;
    for (uint32_t row = 0; row < batch->rows; row++) {
        if (!weir_valid(why, row))
            scan->rows[kept++] = row;
        else if (scan->on_error == WEIR_ON_ERROR_FAIL)
            return bad_record(scan, row, err);
    }
    if (scan->on_error == WEIR_ON_ERROR_SKIP) {
        batch->selection = (struct weir_selection){scan->rows, kept};
        ret->skipped_count = batch->rows - kept;
    }
    return WEIR_OK;
}

/* Typed rows say what is wrong with a row in _error too, where they have such rows. */
static uint32_t count_bad(const struct weir_vector *why, uint32_t rows)
{
    uint32_t bad = 0;
    for (uint32_t row = 0; why->data && row < rows; row++)
        bad += weir_valid(why, row);
    return bad;
}

/* Decodes the fetch into the batch; *ret_again: it takes more bytes to make a record. */
static enum weir_code decode(struct weir_scan *scan, int64_t now_us, bool *ret_again,
                             struct weir_error *err)
{
    struct weir_decoded *decoded = &scan->decoded;
    *ret_again = false;
    batch_reset(scan);
    if (scan->fetch.kind == WEIR_FETCH_ROWS) {
        *decoded = (struct weir_decoded){.boundary = true};
        WEIR_TRY(scan->source->read_rows(scan->split, &scan->batch, err));
        decoded->bad_count = count_bad(hidden(scan, WEIR_HIDDEN_ERROR), scan->batch.rows);
        return WEIR_OK;
    }
    *decoded = (struct weir_decoded){0};
    decoded->boundary = true;
    WEIR_TRY(scan->table->format->decode(scan->decoder, &scan->fetch, now_us, &scan->batch, decoded,
                                         err));
    if (scan->batch.rows || decoded->consumed)
        return WEIR_OK;
    if (scan->fetch.kind == WEIR_FETCH_BYTES && scan->fetch.bytes.len == 0) {
        *ret_again = !scan->fetch.last; /* an empty document has been seen and is over */
        return WEIR_OK;
    }
    if (scan->fetch.kind == WEIR_FETCH_RECORDS || scan->fetch.last || scan->fetch.full)
        return weir_fail(err, WEIR_BUG, "format %s does not get on with %.*s at offset %lld",
                         scan->table->format->name, WEIR_FMT(scan->fetch.source),
                         (long long)scan->fetch.offset);
    *ret_again = true;
    return WEIR_OK;
}

enum weir_code weir_scan_next(struct weir_scan *scan, int64_t now_us, struct weir_scan_result *ret,
                              struct weir_error *err)
{
    *ret = (struct weir_scan_result){.batch = &scan->batch, .wait_fd = -1, .wait_ms = -1};
    scan->pending = false;
    bool again;
    do {
        WEIR_TRY(scan->source->poll(scan->split, &scan->fetch, err));
        ret->state = scan->fetch.state;
        if (scan->fetch.state != WEIR_FETCH_DATA) {
            batch_reset(scan);
            ret->wait_fd = scan->fetch.wait_fd;
            ret->wait_ms = scan->fetch.wait_ms;
            return WEIR_OK;
        }
        WEIR_TRY(decode(scan, now_us, &again, err));
    } while (again);

    scan->batch.selection = (struct weir_selection){NULL, scan->batch.rows};
    ret->bad_count = scan->decoded.bad_count;
    if (ret->bad_count)
        WEIR_TRY(apply_on_error(scan, ret, err));
    WEIR_TRY(fill_hidden(scan, err));
    scan->pending = true;
    return WEIR_OK;
}

void weir_scan_done(struct weir_scan *scan)
{
    if (scan->pending && scan->fetch.kind != WEIR_FETCH_ROWS)
        scan->source->consume(scan->split, scan->decoded.consumed, scan->decoded.lines,
                              scan->decoded.boundary);
    scan->pending = false;
}

void weir_scan_close(struct weir_scan *scan)
{
    if (!scan)
        return;
    if (scan->decoder)
        scan->table->format->decoder_free(scan->decoder);
    weir_arena_done(&scan->arena);
    free(scan);
}
