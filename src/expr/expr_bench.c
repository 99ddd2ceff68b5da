/* What the customers pipeline's classification costs a row, without reading and without the lookup
 * itself:
 *
 *     id IS NOT NULL AND (lookup(upper(btrim(location)))
 *                         OR lookup(upper(btrim(split_part(location, ',', 1)))))
 *
 * over batches of 1,024 rows, with seven columns projected for the rows that pass. Prints
 * nanoseconds a row. */
#include <stdio.h>

#include "base/env.h"
#include "expr/testing.h"

#define ROWS   1024
#define ROUNDS 4000

static const struct weir_expr *place_known(struct weir_arena *arena, const struct weir_expr *place)
{
    const struct weir_expr *trimmed = test_call(arena, WEIR_FUNCTION, "btrim", TEST_ARGS(place));
    const struct weir_expr *upper = test_call(arena, WEIR_FUNCTION, "upper", TEST_ARGS(trimmed));
    return test_expr(arena, WEIR_EXPR_LOOKUP, WEIR_BOOL, TEST_ARGS(upper));
}

static const struct weir_expr *in_usa(struct weir_arena *arena)
{
    const struct weir_expr *id = test_column(arena, WEIR_TEXT, 0),
                           *location = test_column(arena, WEIR_TEXT, 5);
    const struct weir_expr *part =
        test_call(arena, WEIR_FUNCTION, "split_part",
                  TEST_ARGS(location, test_text(arena, ","), test_int4(arena, 1)));
    const struct weir_expr *either =
        test_expr(arena, WEIR_EXPR_OR, WEIR_BOOL,
                  TEST_ARGS(place_known(arena, location), place_known(arena, part)));
    const struct weir_expr *is_null = test_expr(arena, WEIR_EXPR_IS_NULL, WEIR_BOOL, TEST_ARGS(id));
    const struct weir_expr *given = test_expr(arena, WEIR_EXPR_NOT, WEIR_BOOL, TEST_ARGS(is_null));
    return test_expr(arena, WEIR_EXPR_AND, WEIR_BOOL, TEST_ARGS(given, either));
}

/* Stands in for the hash table: every twentieth row is known. */
static void probe(void *context, uint32_t lookup, enum weir_lookup_test test,
                  struct weir_eval *eval, const struct weir_vector *const *args,
                  uint32_t args_count, struct weir_vector *out, struct weir_selection selection)
{
    (void)context, (void)lookup, (void)test, (void)eval, (void)args, (void)args_count;
    WEIR_FOR_SELECTED(row, selection)
    out->b[row] = row % 20 == 0;
}

static struct weir_batch batch_make(struct weir_arena *arena, struct weir_vector columns[6])
{
    static const char *const places[] = {
        "Seattle, WA",  "Paris",       "  New York  ",           "Buenos Aires, Argentina",
        "Tokyo, Japan", "Springfield", "Z\xc3\xbcrich, Schweiz", "Washington, D.C., USA"};
    struct weir_error err;
    for (uint32_t c = 0; c < 6; c++) {
        WEIR_ASSERT(weir_vector_init(&columns[c], WEIR_TEXT, ROWS, true, arena, &err) == WEIR_OK);
        for (uint32_t row = 0; row < ROWS; row++)
            columns[c].s[row] =
                weir_arena_slice(arena, weir_slice_of(places[(row * 7 + row / 8) % 8]));
    }
    return (struct weir_batch){
        .columns = columns, .columns_count = 6, .rows = ROWS, .capacity = ROWS};
}

int main(void)
{
    struct weir_arena arena, scratch;
    struct weir_error err;
    weir_arena_init(&arena, (size_t)16 << 20);
    weir_arena_init(&scratch, (size_t)16 << 20);
    struct weir_program_root roots[7] = {{in_usa(&arena), 0}};
    for (uint32_t c = 0; c < 6; c++)
        roots[c + 1] = (struct weir_program_root){test_column(&arena, WEIR_TEXT, c), 1};
    struct weir_program *program = NULL;
    struct weir_program_state *state = NULL;
    WEIR_ASSERT(weir_program_compile(roots, 7, 2, &arena, &program, &err) == WEIR_OK);
    WEIR_ASSERT(weir_program_state_new(program, ROWS, probe, NULL, &arena, &state, &err) ==
                WEIR_OK);
    struct weir_vector columns[6];
    struct weir_batch batch = batch_make(&arena, columns);
    batch.arena = &scratch;
    uint32_t rows[ROWS], errors = 0, passed = 0;
    int64_t best_us = INT64_MAX;
    for (int repeat = 0; repeat < 5; repeat++) {
        int64_t start = weir_clock_monotonic_us();
        for (uint32_t round = 0; round < ROUNDS; round++) {
            struct weir_selection all = {NULL, ROWS};
            WEIR_ASSERT(weir_program_run(state, 0, &batch, all, 0, &err) == WEIR_OK);
            struct weir_selection some = {
                rows, weir_selection_filter(weir_program_result(state, 0), all, rows, &errors)};
            WEIR_ASSERT(weir_program_run(state, 1, &batch, some, 0, &err) == WEIR_OK);
            passed += some.count;
            weir_arena_reset(&scratch);
        }
        int64_t took = weir_clock_monotonic_us() - start;
        best_us = took < best_us ? took : best_us;
    }
    printf("%.1f ns a row (%u of %u rows passed)\n",
           (double)best_us * 1000 / (ROWS * (double)ROUNDS), passed, 5 * ROUNDS * ROWS);
    weir_arena_done(&scratch);
    weir_arena_done(&arena);
    return 0;
}
