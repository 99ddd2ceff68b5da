/* UTF-8 validation: every kernel against Unicode's table, at every place of a block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "simd/dispatch.h"
#include "simd/utf8.h"

static const struct weir_utf8_kernels *best(void)
{
#ifdef WEIR_HAVE_AVX2
    if (weir_simd_level() == WEIR_SIMD_AVX2)
        return &weir_utf8_avx2;
#endif
    return &weir_utf8_portable;
}

/* Straight from the definition: decode, encode again, compare. */
static bool is_character(const unsigned char *bytes, size_t len)
{
    uint32_t point;
    if (len == 1)
        return bytes[0] < 0x80;
    point = bytes[0] & (0xffu >> (len + 1));
    if ((uint32_t)bytes[0] >> (7 - len) != (2u << len) - 2)
        return false;
    for (size_t i = 1; i < len; i++) {
        if (bytes[i] >> 6 != 2)
            return false;
        point = point << 6 | (bytes[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return point >= least[len] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

static void check_at_every_place(const char *bytes, size_t len, bool valid)
{
    char text[100];
    for (size_t before = 0; before < 70; before++) {
        memset(text, 'a', sizeof(text));
        memcpy(text + before, bytes, len);
        assert_int_equal(weir_utf8_portable.valid(text, before + len), valid);
        assert_int_equal(best()->valid(text, before + len), valid);
        assert_int_equal(best()->valid(text, before + len + 20), valid);
        size_t prefix = weir_utf8_valid_prefix(text, before + len);
        assert_true(valid ? prefix == before + len : prefix >= before && prefix < before + len);
    }
}

static void sequences_of_up_to_four_bytes_are_judged_by_the_definition(void **state)
{
    (void)state;
    static const unsigned char interesting[] = {
        0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
        0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};
    const size_t count = sizeof(interesting);
    for (size_t code = 0; code < count * count * count * count; code += 7) {
        unsigned char bytes[4] = {interesting[code % count], interesting[code / count % count],
                                  interesting[code / count / count % count],
                                  interesting[code / count / count / count]};
        for (size_t len = 1; len <= 4; len++) {
            bool valid = true;
            for (size_t at = 0; at < len && valid;) {
                size_t character = 1;
                while (character <= 4 && at + character <= len &&
                       !is_character(bytes + at, character))
                    character++;
                valid = character <= 4 && at + character <= len;
                at += character;
            }
            char text[40];
            memset(text, 'a', sizeof(text));
            memcpy(text + 30, bytes, len);
            assert_int_equal(weir_utf8_portable.valid(text, 30 + len), valid);
            assert_int_equal(best()->valid(text, 30 + len), valid);
        }
    }
}

static void characters_are_found_across_blocks(void **state)
{
    (void)state;
    check_at_every_place("\xc3\xa9", 2, true);
    check_at_every_place("\xe2\x82\xac", 3, true);
    check_at_every_place("\xf0\x9f\x98\x80", 4, true);
    check_at_every_place("\xed\x9f\xbf\xee\x80\x80", 6, true);
    check_at_every_place("\xc3", 1, false);
    check_at_every_place("\xa9", 1, false);
    check_at_every_place("\xe2\x82", 2, false);
    check_at_every_place("\xf0\x9f\x98", 3, false);
    check_at_every_place("\xc0\x80", 2, false);
    check_at_every_place("\xed\xa0\x80", 3, false);
    check_at_every_place("\xe0\x80\x80", 3, false);
    check_at_every_place("\xf4\x90\x80\x80", 4, false);
    check_at_every_place("\xf0\x80\x80\x80", 4, false);
    check_at_every_place("\xc3\xa9\xa9", 3, false);
}

static void random_bytes_are_judged_alike(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 200000; i++) {
        char text[128];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t len = (seed >> 40) % sizeof(text), at = 0;
        while (at < len) { /* mostly characters, sometimes a broken one */
            static const char *const parts[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                                "abcdefghi"};
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            const char *part = parts[(seed >> 33) % 5];
            size_t part_len = strlen(part) - ((seed >> 50) % 64 == 0);
            part_len = part_len < len - at ? part_len : len - at;
            memcpy(text + at, part, part_len);
            at += part_len + (part_len == 0);
        }
        assert_int_equal(best()->valid(text, len), weir_utf8_portable.valid(text, len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_of_up_to_four_bytes_are_judged_by_the_definition),
        cmocka_unit_test(characters_are_found_across_blocks),
        cmocka_unit_test(random_bytes_are_judged_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
