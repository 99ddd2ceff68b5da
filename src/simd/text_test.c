/* The text kernels of every instruction set give what the portable ones give, for values of every
 * length around the step of the vector code, at every alignment, with NULL rows and selections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "simd/dispatch.h"
#include "simd/text.h"

#define ROWS      200
#define BYTES_MAX 100

struct fixture {
    char bytes[ROWS * BYTES_MAX + WEIR_PAD_BYTES];
    struct weir_slice from[ROWS];
    uint64_t valid[(ROWS + 63) / 64];
};

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void fill(struct fixture *f, uint32_t seed)
{
    static const char *const pieces[] = {"a",
                                         "Z",
                                         "m",
                                         "@",
                                         "[",
                                         "`",
                                         "{",
                                         ",",
                                         " ",
                                         "9",
                                         "\xc3\xa9",
                                         "\xe6\x97\xa5",
                                         "\xf0\x9f\x98\x80"};
    bool ascii = seed % 2;
    size_t at = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        size_t wanted = next_random(&seed) % (BYTES_MAX - 4), start = at;
        while (at - start < wanted) {
            const char *piece = pieces[next_random(&seed) % (ascii ? 10 : 13)];
            memcpy(f->bytes + at, piece, strlen(piece));
            at += strlen(piece);
        }
        f->from[row] = weir_slice(f->bytes + start, at - start);
    }
    for (size_t i = 0; i < sizeof(f->valid) / sizeof(*f->valid); i++)
        f->valid[i] = (uint64_t)next_random(&seed) << 40 ^ (uint64_t)next_random(&seed) << 20 ^
                      next_random(&seed);
}

static void assert_same_text(struct weir_text_rows in, const struct weir_slice *a,
                             const struct weir_slice *b)
{
    WEIR_FOR_TEXT_ROWS(row, in)
    {
        assert_int_equal(a[row].ptr == NULL, b[row].ptr == NULL);
        assert_true(weir_slice_equal(a[row], b[row]));
    }
}

static void assert_same(struct fixture *f, const uint32_t *rows, uint32_t count,
                        const struct weir_text_kernels *kernels)
{
    static char to[2][sizeof(f->bytes)];
    static struct weir_slice ret[2][ROWS];
    static int32_t characters[2][ROWS];
    struct weir_text_rows in = {f->from, f->valid, rows, count};
    assert_int_equal(weir_text_portable.upper(in, to[0], ret[0]),
                     kernels->upper(in, to[1], ret[1]));
    assert_same_text(in, ret[0], ret[1]);
    assert_int_equal(weir_text_portable.lower(in, to[0], ret[0]),
                     kernels->lower(in, to[1], ret[1]));
    assert_same_text(in, ret[0], ret[1]);
    weir_text_portable.before_byte(in, ',', ret[0]);
    kernels->before_byte(in, ',', ret[1]);
    assert_same_text(in, ret[0], ret[1]);
    weir_text_portable.characters(in, characters[0]);
    kernels->characters(in, characters[1]);
    WEIR_FOR_TEXT_ROWS(row, in)
    assert_int_equal(characters[0][row], characters[1][row]);
}

static void kernels_random_columns_equal_portable(void **state)
{
    (void)state;
    static struct fixture f;
    static uint32_t odd[ROWS / 2];
    for (uint32_t i = 0; i < ROWS / 2; i++)
        odd[i] = 2 * i + 1;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        fill(&f, seed);
        assert_same(&f, NULL, ROWS, weir_text_kernels());
        assert_same(&f, odd, ROWS / 2, weir_text_kernels());
    }
}

static void upper_letters_and_their_neighbours_only_letters_change(void **state)
{
    (void)state;
    static const char text[] = "azAZ@[`{09 \x7f/:\0"
                               "This text is longer than one step of the vector code, by far."
                               "................................................................";
    struct weir_slice from = weir_slice(text, sizeof(text) - 1 - WEIR_PAD_BYTES), ret;
    uint64_t valid = 1;
    char to[sizeof(text) + WEIR_PAD_BYTES];
    struct weir_text_rows in = {&from, &valid, NULL, 1};
    assert_int_equal(weir_text_kernels()->upper(in, to, &ret), 0);
    for (size_t i = 0; i < from.len; i++) {
        char c = from.ptr[i];
        assert_int_equal(ret.ptr[i], c >= 'a' && c <= 'z' ? c - 32 : c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_random_columns_equal_portable),
        cmocka_unit_test(upper_letters_and_their_neighbours_only_letters_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
