/* The record kernels for this machine against the portable ones, on good records and on records
 * with a byte changed: the same rows, spans, errors and places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "simd/csv.h"
#include "simd/dispatch.h"
#include "simd/json_read.h"
#include "simd/json_write.h"

enum { ROWS = 64, COLUMNS = 3, BYTES_MAX = 4096 };

struct output {
    struct weir_slice spans[COLUMNS][ROWS], records[ROWS];
    uint8_t kinds[COLUMNS][ROWS];
    struct weir_span_column columns[COLUMNS];
};

static uint64_t seed = 1;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % limit;
}

static void output_init(struct output *output)
{
    memset(output, 0, sizeof(*output));
    for (int i = 0; i < COLUMNS; i++)
        output->columns[i] = (struct weir_span_column){output->spans[i], output->kinds[i]};
}

static void assert_same_rows(const struct output *a, const struct output *b, uint32_t rows)
{
    for (uint32_t row = 0; row < rows; row++) {
        assert_ptr_equal(a->records[row].ptr, b->records[row].ptr);
        assert_int_equal(a->records[row].len, b->records[row].len);
        for (int i = 0; i < COLUMNS; i++) {
            assert_int_equal(a->kinds[i][row], b->kinds[i][row]);
            if (a->kinds[i][row] & WEIR_SPAN_VALUE) {
                assert_ptr_equal(a->spans[i][row].ptr, b->spans[i][row].ptr);
                assert_int_equal(a->spans[i][row].len, b->spans[i][row].len);
            }
        }
    }
}

static size_t add(char *to, size_t len, const char *text)
{
    size_t bytes = strlen(text);
    if (len + bytes > BYTES_MAX)
        return len;
    memcpy(to + len, text, bytes);
    return len + bytes;
}

static const char *some_text(void)
{
    static const char *const texts[] = {
        "",
        "a",
        "New York",
        "a text that is longer than thirty-two bytes, and then some",
        "Zo\xc3\xab",
        "0123456789012345678901234567890\xe2\x82\xac",
        "  ",
        "x,y",
        "0123456789012345678901234567890123456789012345678901234567890123456789"};
    return texts[random_below(sizeof(texts) / sizeof(*texts))];
}

static size_t make_json(char *to)
{
    static const char *const values[] = {
        "1", "-0.5e+10", "true", "null", "[1,{\"a\":[]}]", "{}", "\"\\n\\u00e9\"", "123456789"};
    static const char *const keys[] = {
        "a", "b", "c", "other", "a_key_that_is_much_longer_than_thirty-two_bytes_to_be_sure"};
    size_t len = 0;
    for (uint32_t lines = random_below(12); lines > 0; lines--) {
        uint32_t members = random_below(6);
        len = add(to, len, "{");
        for (uint32_t i = 0; i < members; i++) {
            len = add(to, len, i ? "," : "");
            len = add(to, len, random_below(8) ? "\"" : " \"");
            len = add(to, len, keys[random_below(4) ? i % 5 : random_below(5)]);
            len = add(to, len, random_below(8) ? "\":" : "\" : ");
            if (random_below(3)) {
                len = add(to, len, "\"");
                len = add(to, len, some_text());
                len = add(to, len, "\"");
            } else {
                len = add(to, len, values[random_below(8)]);
            }
        }
        len = add(to, len, random_below(8) ? "}\n" : "} \r\n\n");
    }
    return len;
}

static size_t make_csv(char *to)
{
    size_t len = 0;
    for (uint32_t lines = random_below(12); lines > 0; lines--) {
        for (uint32_t i = 0; i < COLUMNS; i++) {
            bool quoted = random_below(3) == 0;
            len = add(to, len, i ? "," : "");
            len = add(to, len, quoted ? "\"" : "");
            len = add(to, len, some_text());
            len = add(to, len, quoted && random_below(2) ? "\"\"\n" : "");
            len = add(to, len, quoted ? "\"" : "");
        }
        len = add(to, len, random_below(4) ? "\n" : "\r\n");
    }
    return len;
}

static void change_a_byte(char *text, size_t len)
{
    static const char bytes[] = "\",{}[]:\\\n\r \x01\x80\xc3"
                                "0-eu";
    if (len && random_below(2))
        text[random_below((uint32_t)len)] = bytes[random_below(sizeof(bytes) - 1)];
}

static void json_lines_are_read_alike(void **state)
{
    (void)state;
    const struct weir_json_read_kernels *kernels[2] = {&weir_json_read_portable,
                                                       weir_json_read_kernels()};
    const struct weir_slice keys[COLUMNS] = {WEIR_SLICE("a"), WEIR_SLICE("b"), WEIR_SLICE("c")};
    struct weir_json_reader readers[2];
    static struct output outputs[2];
    static char text[BYTES_MAX + WEIR_PAD_BYTES];
    for (int i = 0; i < 2; i++)
        assert_true(weir_json_reader_init(&readers[i], keys, COLUMNS, 16));
    for (int round = 0; round < 30000; round++) {
        size_t len = make_json(text);
        change_a_byte(text, len);
        struct weir_json_lines lines[2];
        for (int i = 0; i < 2; i++) {
            output_init(&outputs[i]);
            readers[i].columns = outputs[i].columns;
            readers[i].records = outputs[i].records;
            lines[i] = (struct weir_json_lines){.at = text, .end = text + len, .rows_max = ROWS};
        }
        for (bool fine = false; !fine;) {
            fine = kernels[0]->lines(&readers[0], &lines[0]);
            assert_int_equal(kernels[1]->lines(&readers[1], &lines[1]), fine);
            assert_ptr_equal(lines[0].at, lines[1].at);
            assert_int_equal(lines[0].row, lines[1].row);
            assert_int_equal(lines[0].line_ends, lines[1].line_ends);
            if (fine)
                continue;
            assert_int_equal(readers[0].error, readers[1].error);
            assert_ptr_equal(readers[0].error_at, readers[1].error_at);
            const char *newline = memchr(lines[0].at, '\n', (size_t)(lines[0].end - lines[0].at));
            lines[0].at = lines[1].at = newline ? newline + 1 : lines[0].end;
        }
        assert_same_rows(&outputs[0], &outputs[1], lines[0].row);
    }
    for (int i = 0; i < 2; i++)
        weir_json_reader_done(&readers[i]);
}

static void csv_records_are_read_alike(void **state)
{
    (void)state;
    const struct weir_csv_kernels *kernels[2] = {&weir_csv_portable, weir_csv_kernels()};
    static const uint32_t field_columns[COLUMNS] = {0, 1, 2};
    static struct output outputs[2];
    static char text[BYTES_MAX + WEIR_PAD_BYTES];
    for (int round = 0; round < 30000; round++) {
        size_t len = make_csv(text);
        change_a_byte(text, len);
        struct weir_csv_reader readers[2];
        struct weir_csv_lines lines[2];
        bool last = random_below(2);
        for (int i = 0; i < 2; i++) {
            output_init(&outputs[i]);
            readers[i] = (struct weir_csv_reader){.delimiter = ',',
                                                  .quote = '"',
                                                  .fields_count = COLUMNS,
                                                  .field_columns = field_columns,
                                                  .columns = outputs[i].columns,
                                                  .records = outputs[i].records};
            lines[i] = (struct weir_csv_lines){
                .at = text, .end = text + len, .last = last, .rows_max = ROWS};
        }
        for (bool fine = false; !fine;) {
            fine = kernels[0]->read(&readers[0], &lines[0]);
            assert_int_equal(kernels[1]->read(&readers[1], &lines[1]), fine);
            assert_ptr_equal(lines[0].at, lines[1].at);
            assert_int_equal(lines[0].row, lines[1].row);
            assert_int_equal(lines[0].line_ends, lines[1].line_ends);
            if (!fine) {
                assert_int_equal(readers[0].error, readers[1].error);
                assert_int_equal(readers[0].bad_record.len, readers[1].bad_record.len);
            }
        }
        assert_same_rows(&outputs[0], &outputs[1], lines[0].row);
    }
}

static void rows_are_written_alike(void **state)
{
    (void)state;
    static struct weir_slice values[COLUMNS][ROWS];
    uint64_t valid[COLUMNS];
    struct weir_json_write_column json_columns[COLUMNS];
    struct weir_csv_write_column csv_columns[COLUMNS];
    static char texts[COLUMNS][ROWS][100], out[2][ROWS * COLUMNS * 800];
    for (int round = 0; round < 300; round++) {
        for (int i = 0; i < COLUMNS; i++) {
            for (int row = 0; row < ROWS; row++) {
                size_t len = add(texts[i][row], 0, some_text());
                change_a_byte(texts[i][row], len);
                values[i][row] = weir_slice(texts[i][row], len);
            }
            valid[i] = seed;
            json_columns[i] = (struct weir_json_write_column){WEIR_SLICE(",\"key\":"), values[i],
                                                              &valid[i], i != 1};
            csv_columns[i] = (struct weir_csv_write_column){values[i], &valid[i], true};
        }
        struct weir_json_writer json = {json_columns, COLUMNS, WEIR_SLICE("}\n"), 64};
        struct weir_csv_writer csv = {csv_columns, COLUMNS, ',', '"', WEIR_SLICE(""), true};
        size_t lens[2], csv_lens[2];
        for (int i = 0; i < 2; i++) {
            char *end = out[i] + sizeof(out[i]) - WEIR_PAD_BYTES;
            struct weir_json_write_rows rows = {.count = ROWS, .to = out[i], .end = end};
            assert_int_equal(
                (i ? weir_json_write_kernels() : &weir_json_write_portable)->rows(&json, &rows), 0);
            lens[i] = (size_t)(rows.to - out[i]);
            struct weir_csv_write_rows records = {.count = ROWS, .to = rows.to, .end = end};
            assert_int_equal((i ? weir_csv_kernels() : &weir_csv_portable)->write(&csv, &records),
                             0);
            csv_lens[i] = (size_t)(records.to - out[i]);
        }
        assert_int_equal(lens[0], lens[1]);
        assert_int_equal(csv_lens[0], csv_lens[1]);
        assert_memory_equal(out[0], out[1], csv_lens[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_lines_are_read_alike),
        cmocka_unit_test(csv_records_are_read_alike),
        cmocka_unit_test(rows_are_written_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
