/* Columns to JSON records: compact, in column order, NULL as null, values as PostgreSQL's to_json
 * writes them. The keys with all that stands around them are rendered once; what is not text is
 * rendered column by column; one kernel then writes rows. */
#include "format/json/json_encode.h"

#include <stdlib.h>

#include "column/json.h"
#include "format/render.h"
#include "format/row_errors.h"
#include "simd/json_write.h"

struct json_encoder {
    const struct weir_json_write_kernels *kernels;
    struct weir_json_writer writer;
    char *leads;                             /* all leads, and room to read on behind the last */
    struct weir_json_write_column columns[]; /* their values and valid are set for each call */
};

/* `{"id":`, `,"name":` .. one after the other. */
static void leads_render(struct json_encoder *json, const struct weir_table *table)
{
    char *to = json->leads;
    for (uint32_t i = 0; i < table->columns_count; i++) {
        char *start = to;
        *to++ = i == 0 ? '{' : ',';
        to += weir_json_escape_to(weir_slice_of(table->columns[i].name), to);
        *to++ = ':';
        json->columns[i].lead = weir_slice(start, (size_t)(to - start));
    }
}

enum weir_code weir_json_encoder_new(const struct weir_table *table, bool framed,
                                     struct weir_encoder **ret, struct weir_error *err)
{
    uint32_t count = table->columns_count;
    struct json_encoder *json = calloc(1, sizeof(*json) + count * sizeof(json->columns[0]));
    size_t names_bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        names_bytes += 6 * strlen(table->columns[i].name) + 4;
    char *leads = malloc(names_bytes + WEIR_PAD_BYTES);
    if (!json || !leads) {
        free(json);
        free(leads);
        return weir_fail(err, WEIR_NOMEM, "out of memory for an encoder of %u columns", count);
    }
    json->leads = leads;
    leads_render(json, table);
    json->kernels = weir_json_write_kernels();
    json->writer = (struct weir_json_writer){.columns = json->columns, .columns_count = count};
    json->writer.tail = weir_slice_of(count ? "}\n" : "{}\n");
    json->writer.tail.len -= !framed;
    json->writer.fixed_bytes = names_bytes + count * strlen("null") + json->writer.tail.len;
    *ret = (struct weir_encoder *)json;
    return WEIR_OK;
}

void weir_json_encoder_free(struct weir_encoder *encoder)
{
    struct json_encoder *json = (struct json_encoder *)encoder;
    if (!json)
        return;
    free(json->leads);
    free(json);
}

/* Writes the rows at positions [from, to) of the selection. */
static enum weir_code write_run(void *context, const struct weir_rows *rows, uint32_t from,
                                uint32_t to, uint32_t *lengths, struct weir_buffer *out,
                                struct weir_error *err)
{
    struct json_encoder *json = context;
    struct weir_json_write_rows run = {
        .rows = rows->selection.rows, .at = from, .count = to, .lengths = lengths};
    for (;;) {
        run.to = out->ptr + out->len;
        run.end = out->ptr + out->capacity;
        size_t needed = json->kernels->rows(&json->writer, &run);
        out->len = (size_t)(run.to - out->ptr);
        if (needed == 0)
            return WEIR_OK;
        WEIR_TRY(weir_buffer_grow(out, needed, err));
    }
}

enum weir_code weir_json_encode(struct weir_encoder *encoder, const struct weir_rows *rows,
                                struct weir_arena *arena, struct weir_slice *row_errors,
                                uint32_t *lengths, struct weir_buffer *out, uint32_t *ret_written,
                                struct weir_error *err)
{
    struct json_encoder *json = (struct json_encoder *)encoder;
    WEIR_ASSERT(rows->columns_count == json->writer.columns_count);
    for (uint32_t i = 0; i < rows->columns_count; i++) {
        struct weir_rendered rendered;
        WEIR_TRY(weir_render_json(rows->columns[i], rows->selection, rows->rows_max, arena,
                                  &rendered, err));
        json->columns[i].values = rendered.values;
        json->columns[i].quoted = rendered.text;
        json->columns[i].valid = rows->columns[i]->valid;
    }
    WEIR_TRY(weir_buffer_reserve(out, WEIR_PAD_BYTES, err));
    return weir_encode_runs(rows, write_run, json, row_errors, lengths, out, ret_written, err);
}
