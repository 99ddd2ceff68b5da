/* How fast JSON and CSV are: nanoseconds a row and bytes a second, for records of six texts (127
 * bytes as JSON) with six and with one column read, for records of 60 fields, and for writing.
 * Prints the best of some rounds on one thread. An argument picks the lines that hold it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/sink.h"
#include "format/formats.h"

enum { ROWS = 40000, ROUNDS = 30, COLUMNS_MAX = 64, PIECE_BYTES = 256 << 10 };

struct bench {
    struct weir_table table;
    struct weir_column columns[COLUMNS_MAX];
    char names[COLUMNS_MAX][16];
    bool needed[COLUMNS_MAX], hidden[WEIR_HIDDEN_COUNT];
    struct weir_buffer file;
    const char *filter;
    struct weir_vector vectors[COLUMNS_MAX + WEIR_HIDDEN_COUNT];
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time); /* others may be using this processor */
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void must(enum weir_code code, const struct weir_error *err)
{
    if (code == WEIR_OK)
        return;
    fprintf(stderr, "format_bench: %s\n", err->text);
    exit(1);
}

static void add_column(struct bench *bench, const char *name, enum weir_type type)
{
    uint32_t i = bench->table.columns_count++;
    snprintf(bench->names[i], sizeof(bench->names[i]), "%s", name);
    bench->columns[i] = (struct weir_column){.name = bench->names[i], .type = type};
    bench->needed[i] = true;
}

static void bench_init(struct bench *bench, const struct weir_format *format)
{
    *bench = (struct bench){.table = {.name = "bench", .format = format}, .filter = bench->filter};
    bench->table.columns = bench->columns;
    weir_buffer_init(&bench->file, (size_t)1 << 30);
}

static void make_customers(struct bench *bench, const struct weir_format *format)
{
    static const char *const firsts[] = {"Ada",    "Benjamin",   "Chloe",
                                         "Dmitri", "Zo\xc3\xab", "Francesca"};
    static const char *const places[] = {"New York", "San Francisco, CA", "Lagos", "Paris, France"};
    struct weir_error err;
    bench_init(bench, format);
    bool json = format == &weir_format_json;
    static const char *const names[] = {"id",    "first_name", "last_name",
                                        "email", "age",        "location"};
    for (int i = 0; i < 6; i++)
        add_column(bench, names[i], WEIR_TEXT);
    if (!json)
        must(weir_buffer_append(&bench->file,
                                WEIR_SLICE("id,first_name,last_name,email,age,location\n"), &err),
             &err);
    uint64_t seed = 1;
    for (int row = 0; row < ROWS; row++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const char *first = firsts[(seed >> 33) % 6], *place = places[(seed >> 45) % 4];
        int last = (int)(seed >> 40) % 5000, age = 18 + (int)(seed >> 50) % 70;
        if (json)
            must(weir_buffer_printf(
                     &bench->file, &err,
                     "{\"id\":\"%d\",\"first_name\":\"%s\",\"last_name\":\"Last%d\","
                     "\"email\":\"user%d@example.com\",\"age\":\"%d\",\"location\":\"%s\"}\n",
                     row, first, last, row, age, place),
                 &err);
        else
            must(weir_buffer_printf(&bench->file, &err,
                                    strchr(place, ',')
                                        ? "%d,%s,Last%d,user%d@example.com,%d,\"%s\"\n"
                                        : "%d,%s,Last%d,user%d@example.com,%d,%s\n",
                                    row, first, last, row, age, place),
                 &err);
    }
}

static void make_wide(struct bench *bench)
{
    struct weir_error err;
    char name[16];
    bench_init(bench, &weir_format_json);
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof(name), "field_%d", i);
        add_column(bench, name, i % 3 == 0 ? WEIR_INT4 : i % 3 == 1 ? WEIR_TEXT : WEIR_FLOAT8);
    }
    for (int row = 0; row < ROWS / 10; row++) {
        for (int i = 0; i < 60; i++) {
            must(weir_buffer_printf(&bench->file, &err, "%c\"field_%d\":", i ? ',' : '{', i), &err);
            if (i % 3 == 0)
                must(weir_buffer_printf(&bench->file, &err, "%d", row * i % 100003), &err);
            else if (i % 3 == 1)
                must(weir_buffer_printf(&bench->file, &err, "\"value %d\"", row % 777 + i), &err);
            else
                must(weir_buffer_printf(&bench->file, &err, "%d.%d", row % 91, i), &err);
        }
        must(weir_buffer_append(&bench->file, WEIR_SLICE("}\n"), &err), &err);
    }
}

/* One pass over the file; writes what it reads where `encoder` is given. Returns the rows. */
static size_t pass(struct bench *bench, struct weir_decoder *decoder, struct weir_encoder *encoder,
                   double *ret_encode_s)
{
    struct weir_error err;
    struct weir_arena arena;
    struct weir_buffer out;
    weir_arena_init(&arena, (size_t)256 << 20);
    weir_buffer_init(&out, (size_t)1 << 30);
    const struct weir_vector *columns[COLUMNS_MAX];
    for (uint32_t i = 0; i < bench->table.columns_count; i++)
        columns[i] = &bench->vectors[i];
    size_t at = 0, rows = 0;
    while (at < bench->file.len) {
        size_t left = bench->file.len - at;
        struct weir_fetch fetch = {
            .kind = WEIR_FETCH_BYTES,
            .bytes = weir_slice(bench->file.ptr + at, left < PIECE_BYTES ? left : PIECE_BYTES),
            .last = left <= PIECE_BYTES,
            .first = at == 0};
        struct weir_batch batch = {.arena = &arena,
                                   .columns = bench->vectors,
                                   .columns_count = bench->table.columns_count + WEIR_HIDDEN_COUNT,
                                   .capacity = WEIR_BATCH_ROWS_MAX};
        struct weir_decoded decoded;
        weir_arena_reset(&arena);
        memset(bench->vectors, 0, sizeof(bench->vectors));
        must(bench->table.format->decode(decoder, &fetch, 0, &batch, &decoded, &err), &err);
        at += decoded.consumed;
        rows += batch.rows;
        if (!encoder)
            continue;
        struct weir_rows written = {columns, bench->table.columns_count, batch.rows,
                                    batch.selection};
        uint32_t count;
        double start = now();
        out.len = 0;
        must(bench->table.format->encode(encoder, &written, &arena, NULL, NULL, &out, &count, &err),
             &err);
        *ret_encode_s += now() - start;
    }
    weir_arena_done(&arena);
    weir_buffer_done(&out);
    return rows;
}

static void report(const char *what, double seconds, size_t rows, size_t bytes)
{
    printf("%-28s %7.1f ns/row  %6.2f GB/s\n", what, seconds * 1e9 / (double)rows,
           (double)bytes / seconds * 1e-9);
}

static void run(struct bench *bench, const char *what, bool encode)
{
    if (bench->filter && !strstr(what, bench->filter))
        return;
    struct weir_error err;
    struct weir_decoder *decoder;
    struct weir_encoder *encoder = NULL;
    must(bench->table.format->decoder_new(&bench->table, bench->needed, bench->hidden, &decoder,
                                          &err),
         &err);
    if (encode)
        must(bench->table.format->encoder_new(&bench->table, true, &encoder, &err), &err);
    double best = 1e9, best_encode = 1e9;
    size_t rows = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double start = now(), encode_s = 0;
        rows = pass(bench, decoder, encoder, &encode_s);
        double seconds = now() - start;
        best = seconds < best ? seconds : best;
        best_encode = encode_s < best_encode ? encode_s : best_encode;
    }
    report(what, encode ? best_encode : best, rows, bench->file.len);
    bench->table.format->decoder_free(decoder);
    if (encoder)
        bench->table.format->encoder_free(encoder);
}

static void run_customers(struct bench *bench, const struct weir_format *format)
{
    make_customers(bench, format);
    printf("%s: %d rows of %zu bytes\n", format->name, ROWS, bench->file.len / ROWS);
    run(bench, "decode 6 of 6 columns", false);
    bench->hidden[WEIR_HIDDEN_RAW] = true;
    run(bench, "decode 6 columns and _raw", false);
    bench->hidden[WEIR_HIDDEN_RAW] = false;
    run(bench, "encode 6 columns", true);
    memset(bench->needed + 1, 0, 5);
    run(bench, "decode 1 of 6 columns", false);
    weir_buffer_done(&bench->file);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    bench.filter = argc > 1 ? argv[1] : NULL;
    run_customers(&bench, &weir_format_json);
    run_customers(&bench, &weir_format_csv);

    make_wide(&bench);
    printf("json: %d rows of %zu bytes\n", ROWS / 10, bench.file.len / (ROWS / 10));
    run(&bench, "decode 60 of 60 fields", false);
    run(&bench, "encode 60 fields", true);
    memset(bench.needed + 6, 0, 54);
    run(&bench, "decode 6 of 60 fields", false);
    memset(bench.needed + 1, 0, 5);
    run(&bench, "decode 1 of 60 fields", false);
    weir_buffer_done(&bench.file);
    return 0;
}
