#include "op/operators.h"

#include "column/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

/* Trees are built by hand over VALUES of (k text, n integer), run, and their result compared as text: "a|1;b|2;". */
static struct weir_arena arena;
static struct weir_error err;

static int setup(void **state)
{
    (void)state;
    weir_arena_init(&arena, 16 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    weir_arena_done(&arena);
    return 0;
}

/* ---- building ---- */

static const struct weir_expr *constant(enum weir_type type, const char *text)
{
    struct weir_expr *expr = WEIR_NEW(&arena, struct weir_expr);
    struct weir_vector *value = WEIR_NEW(&arena, struct weir_vector);
    assert_int_equal(weir_vector_init(value, type, 1, text != NULL, &arena, &err), WEIR_OK);
    if (weir_type_is_slice(type))
        value->s[0] = WEIR_SLICE("");
    if (text)
        assert_int_equal(weir_value_parse(type, weir_slice_of(text), 0, &arena, value, 0, &err),
                         WEIR_OK);
    *expr = (struct weir_expr){
        .kind = WEIR_EXPR_CONST, .type = type, .constant = value, .location = -1};
    return expr;
}

static const struct weir_expr *column(uint32_t index, enum weir_type type)
{
    struct weir_expr *expr = WEIR_NEW(&arena, struct weir_expr);
    *expr =
        (struct weir_expr){.kind = WEIR_EXPR_COLUMN, .type = type, .column = index, .location = -1};
    return expr;
}

static const struct weir_expr *call(enum weir_function_kind kind, const char *name,
                                    const struct weir_expr *a, const struct weir_expr *b)
{
    struct weir_expr *expr = WEIR_NEW(&arena, struct weir_expr);
    const struct weir_expr **args = WEIR_NEW_ARRAY(&arena, const struct weir_expr *, 2);
    const enum weir_type types[2] = {a->type, b->type};
    args[0] = a;
    args[1] = b;
    *expr =
        (struct weir_expr){.kind = WEIR_EXPR_CALL, .args = args, .args_count = 2, .location = -1};
    assert_int_equal(weir_function_resolve(kind, name, types, 2, &expr->function, &err), WEIR_OK);
    expr->type = expr->function->result;
    return expr;
}

#define PAIRS(...)                                                                                 \
    (const char *const[][2])                                                                       \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            "end", NULL                                                                            \
        }                                                                                          \
    }

static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
static const enum weir_type pair_types[] = {WEIR_TEXT, WEIR_INT4};

static const struct weir_node *values(const char *const (*pairs)[2])
{
    struct weir_node *node = WEIR_NEW(&arena, struct weir_node);
    const struct weir_expr **exprs = WEIR_NEW_ARRAY(&arena, const struct weir_expr *, 200);
    *node = (struct weir_node){.kind = WEIR_NODE_VALUES,
                               .names = names,
                               .types = pair_types,
                               .columns_count = 2,
                               .exprs = exprs};
    for (; !pairs[node->rows_count][0] || strcmp(pairs[node->rows_count][0], "end") != 0;
         node->rows_count++) {
        exprs[node->rows_count * 2] = constant(WEIR_TEXT, pairs[node->rows_count][0]);
        exprs[node->rows_count * 2 + 1] = constant(WEIR_INT4, pairs[node->rows_count][1]);
    }
    return node;
}

static struct weir_node *over(enum weir_node_kind kind, const struct weir_node *input)
{
    struct weir_node *node = WEIR_NEW(&arena, struct weir_node);
    const struct weir_node **inputs = WEIR_NEW_ARRAY(&arena, const struct weir_node *, 1);
    inputs[0] = input;
    *node = (struct weir_node){.kind = kind,
                               .inputs = inputs,
                               .inputs_count = 1,
                               .names = names,
                               .types = input->types,
                               .columns_count = input->columns_count,
                               .limit = -1};
    return node;
}

static const struct weir_node *filter(const struct weir_node *input,
                                      const struct weir_expr *condition)
{
    struct weir_node *node = over(WEIR_NODE_FILTER, input);
    node->condition = condition;
    return node;
}

/* ---- running ---- */

struct collector {
    struct weir_operator base;
    struct weir_buffer text;
    bool finished;
};

static enum weir_code collect(struct weir_operator *op, const struct weir_batch *batch,
                              int64_t now_us, struct weir_error *error)
{
    struct collector *to = (struct collector *)op;
    (void)now_us;
    WEIR_FOR_SELECTED(row, batch->selection)
    {
        for (uint32_t c = 0; c < batch->columns_count; c++) {
            if (c)
                WEIR_TRY(weir_buffer_append(&to->text, WEIR_SLICE("|"), error));
            if (batch->columns[c].errors && batch->columns[c].errors[row].ptr)
                WEIR_TRY(weir_buffer_append(&to->text, WEIR_SLICE("ERROR"), error));
            else if (weir_valid(&batch->columns[c], row))
                WEIR_TRY(weir_value_format(&batch->columns[c], row, &to->text, error));
        }
        WEIR_TRY(weir_buffer_append(&to->text, WEIR_SLICE(";"), error));
    }
    return WEIR_OK;
}

static enum weir_code collect_finish(struct weir_operator *op, int64_t now_us,
                                     struct weir_error *error)
{
    (void)now_us;
    (void)error;
    ((struct collector *)op)->finished = true;
    return WEIR_OK;
}

static const struct weir_operator_ops collector_ops = {
    .name = "test", .batch = collect, .finish = collect_finish};

static struct weir_lookups *lookups_of(const struct weir_lookup *lookup)
{
    struct weir_plan *plan = WEIR_NEW(&arena, struct weir_plan);
    struct weir_lookups *lookups;
    plan->lookups = lookup;
    plan->lookups_count = lookup ? 1 : 0;
    assert_int_equal(weir_lookups_open(plan, 0, 1 << 20, &lookups, &err), WEIR_OK);
    return lookups;
}

static const char *run_with(const struct weir_node *node, const struct weir_lookup *lookup)
{
    struct collector to = {.base.ops = &collector_ops};
    struct weir_lookups *lookups = lookups_of(lookup);
    weir_buffer_init(&to.text, 1 << 20);
    enum weir_code code = weir_node_run(node, lookups, 0, &to.base, &err);
    const char *text =
        code == WEIR_OK ? weir_arena_copy(&arena, weir_buffer_slice(&to.text)) : err.text;
    if (code == WEIR_OK)
        assert_true(to.finished);
    weir_buffer_done(&to.text);
    weir_lookups_close(lookups);
    return text;
}

static const char *run(const struct weir_node *node)
{
    return run_with(node, NULL);
}

/* ---- filter, project, limit, union ---- */

static const struct weir_expr *divide_by_n(const char *number)
{
    return call(WEIR_OPERATOR, "/", constant(WEIR_INT4, number), column(1, WEIR_INT4));
}

static void filter_keeps_true_rows_only(void **state)
{
    (void)state;
    const struct weir_expr *more =
        call(WEIR_OPERATOR, ">", column(1, WEIR_INT4), constant(WEIR_INT4, "1"));
    assert_string_equal(
        run(filter(values(PAIRS({"a", "1"}, {"b", "2"}, {"c", NULL}, {NULL, "3"})), more)),
        "b|2;|3;");
}

static void filter_error_ends_a_query(void **state)
{
    (void)state;
    const struct weir_expr *condition =
        call(WEIR_OPERATOR, "=", divide_by_n("6"), constant(WEIR_INT4, "3"));
    assert_string_equal(run(filter(values(PAIRS({"a", "2"}, {"b", "0"})), condition)),
                        "division by zero");
}

static void chain_filter_error_goes_on_in_every_column(void **state)
{
    (void)state;
    const struct weir_expr *condition =
        call(WEIR_OPERATOR, "=", divide_by_n("6"), constant(WEIR_INT4, "3"));
    const struct weir_node *nodes[] = {filter(values(PAIRS({"x", "1"})), condition)};
    struct collector to = {.base.ops = &collector_ops};
    struct weir_operator *first;
    struct weir_batch batch = {
        .arena = &arena, .columns_count = 2, .rows = 3, .capacity = 3, .selection = {NULL, 3}};
    struct weir_vector columns[2];
    weir_buffer_init(&to.text, 1 << 20);
    for (uint32_t c = 0; c < 2; c++)
        assert_int_equal(weir_vector_init(&columns[c], pair_types[c], 3, true, &arena, &err),
                         WEIR_OK);
    for (int row = 0; row < 3; row++) {
        columns[0].s[row] = WEIR_SLICE("x");
        columns[1].i4[row] = 2 - row;
    }
    batch.columns = columns;
    assert_int_equal(weir_op_chain(nodes, 1, 2, NULL, &to.base, &first, &err), WEIR_OK);
    assert_int_equal(weir_op_push(first, &batch, 0, &err), WEIR_OK);
    assert_string_equal(weir_arena_copy(&arena, weir_buffer_slice(&to.text)), "x|2;ERROR|ERROR;");
    weir_op_chain_close(first, &to.base);
    weir_buffer_done(&to.text);
}

static void project_error_not_read_does_not_matter(void **state)
{
    (void)state;
    struct weir_node *project = over(WEIR_NODE_PROJECT, values(PAIRS({"a", "0"}, {"b", "3"})));
    const struct weir_expr *exprs[] = {column(0, WEIR_TEXT), divide_by_n("6")};
    project->exprs = exprs;
    project->exprs_count = 2;
    assert_string_equal(run(project), "division by zero");
    struct weir_node *first = over(WEIR_NODE_PROJECT, project);
    first->exprs = exprs;
    first->exprs_count = first->columns_count = 1;
    assert_string_equal(run(first), "a;b;");
}

static void limit_skips_and_stops(void **state)
{
    (void)state;
    struct weir_node *limit =
        over(WEIR_NODE_LIMIT, values(PAIRS({"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"})));
    limit->limit = 2;
    limit->offset = 1;
    assert_string_equal(run(limit), "b|2;c|3;");
    limit->limit = 0;
    assert_string_equal(run(limit), "");
    limit->limit = -1;
    assert_string_equal(run(limit), "b|2;c|3;d|4;");
}

static void union_all_goes_on_behind_a_limit_below(void **state)
{
    (void)state;
    struct weir_node *limit = over(WEIR_NODE_LIMIT, values(PAIRS({"a", "1"}, {"b", "2"})));
    limit->limit = 1;
    const struct weir_node *inputs[] = {limit, values(PAIRS({"c", "3"}, {"d", "4"}))};
    struct weir_node *both = over(WEIR_NODE_UNION_ALL, limit);
    both->inputs = inputs;
    both->inputs_count = 2;
    assert_string_equal(run(both), "a|1;c|3;d|4;");
    struct weir_node *above = over(WEIR_NODE_LIMIT, both);
    above->limit = 2;
    assert_string_equal(run(above), "a|1;c|3;");
}

/* ---- sort ---- */

static void sort_nulls_and_order_are_stable(void **state)
{
    (void)state;
    struct weir_node *sort = over(
        WEIR_NODE_SORT, values(PAIRS({"b", "1"}, {NULL, "2"}, {"a", "3"}, {"b", "0"}, {"", "5"})));
    struct weir_sort_key key = {.column = 0};
    sort->sort_keys = &key;
    sort->sort_keys_count = 1;
    assert_string_equal(run(sort), "|5;a|3;b|1;b|0;|2;");
    key.nulls_first = true;
    assert_string_equal(run(sort), "|2;|5;a|3;b|1;b|0;");
    key.descending = true;
    assert_string_equal(run(sort), "|2;b|1;b|0;a|3;|5;");
}

/* ---- aggregate ---- */

static const struct weir_node *grouped(const struct weir_node *input, uint32_t keys_count,
                                       const struct weir_aggregate *aggregates, uint32_t count)
{
    struct weir_node *node = over(WEIR_NODE_AGGREGATE, input);
    const struct weir_expr **keys = WEIR_NEW_ARRAY(&arena, const struct weir_expr *, 2);
    enum weir_type *types = WEIR_NEW_ARRAY(&arena, enum weir_type, 16);
    for (uint32_t k = 0; k < keys_count; k++)
        keys[k] = column(k, types[k] = pair_types[k]);
    for (uint32_t a = 0; a < count; a++)
        types[keys_count + a] = aggregates[a].type;
    node->exprs = keys;
    node->exprs_count = node->keys_count = keys_count;
    node->grouped = keys_count > 0;
    node->aggregates = aggregates;
    node->aggregates_count = count;
    node->types = types;
    node->columns_count = keys_count + count;
    return node;
}

static void aggregate_without_rows_gives_one_row(void **state)
{
    (void)state;
    const struct weir_aggregate aggregates[] = {
        {.function = "count", .star = true, .type = WEIR_INT8},
        {.function = "sum", .args = {column(1, WEIR_INT4)}, .type = WEIR_INT8},
        {.function = "string_agg",
         .args = {column(0, WEIR_TEXT), constant(WEIR_TEXT, ",")},
         .type = WEIR_TEXT},
    };
    const struct weir_node *none = filter(values(PAIRS({"a", "1"})), constant(WEIR_BOOL, "f"));
    assert_string_equal(run(grouped(none, 0, aggregates, 3)), "0||;");
    assert_string_equal(run(grouped(none, 1, aggregates, 3)), "");
}

static void aggregate_groups_keep_their_first_order(void **state)
{
    (void)state;
    const struct weir_aggregate aggregates[] = {
        {.function = "count", .star = true, .type = WEIR_INT8},
        {.function = "count", .args = {column(1, WEIR_INT4)}, .type = WEIR_INT8},
        {.function = "sum", .args = {column(1, WEIR_INT4)}, .type = WEIR_INT8},
        {.function = "avg", .args = {column(1, WEIR_INT4)}, .type = WEIR_NUMERIC},
        {.function = "max", .args = {column(1, WEIR_INT4)}, .type = WEIR_INT4},
    };
    assert_string_equal(
        run(grouped(values(PAIRS({"b", "1"}, {NULL, "7"}, {"a", "2"}, {"b", NULL}, {"b", "4"},
                                 {NULL, "8"})),
                    1, aggregates, 5)),
        "b|3|2|5|2.5000000000000000|4;|2|2|15|7.5000000000000000|8;a|1|1|2|2.0000000000000000|2;");
}

static void aggregate_distinct_and_filter(void **state)
{
    (void)state;
    const struct weir_expr *more =
        call(WEIR_OPERATOR, ">", column(1, WEIR_INT4), constant(WEIR_INT4, "1"));
    const struct weir_aggregate aggregates[] = {
        {.function = "count", .distinct = true, .args = {column(0, WEIR_TEXT)}, .type = WEIR_INT8},
        {.function = "string_agg",
         .distinct = true,
         .args = {column(0, WEIR_TEXT), constant(WEIR_TEXT, "+")},
         .type = WEIR_TEXT},
        {.function = "count", .star = true, .filter = more, .type = WEIR_INT8},
        {.function = "min", .args = {column(0, WEIR_TEXT)}, .type = WEIR_TEXT},
    };
    assert_string_equal(
        run(grouped(values(PAIRS({"b", "1"}, {"a", "2"}, {"b", "3"}, {NULL, NULL}, {"c", "1"})), 0,
                    aggregates, 4)),
        "3|a+b+c|2|a;");
}

static void aggregate_filter_hides_errors_of_its_argument(void **state)
{
    (void)state;
    const struct weir_expr *not_zero =
        call(WEIR_OPERATOR, "<>", column(1, WEIR_INT4), constant(WEIR_INT4, "0"));
    struct weir_aggregate aggregate = {
        .function = "sum", .args = {divide_by_n("6")}, .filter = not_zero, .type = WEIR_INT8};
    const struct weir_node *input = values(PAIRS({"a", "2"}, {"b", "0"}));
    assert_string_equal(run(grouped(input, 0, &aggregate, 1)), "3;");
    aggregate.filter = NULL;
    assert_string_equal(run(grouped(input, 0, &aggregate, 1)), "division by zero");
}

/* ---- join ---- */

static const struct weir_node *join(const struct weir_node *input, bool left,
                                    const struct weir_expr *condition)
{
    struct weir_node *node = over(WEIR_NODE_JOIN, input);
    const struct weir_expr **keys = WEIR_NEW_ARRAY(&arena, const struct weir_expr *, 1);
    enum weir_type *types = WEIR_NEW_ARRAY(&arena, enum weir_type, 4);
    keys[0] = column(0, WEIR_TEXT);
    types[0] = types[2] = WEIR_TEXT;
    types[1] = types[3] = WEIR_INT4;
    node->exprs = keys;
    node->exprs_count = 1;
    node->left = left;
    node->condition = condition;
    node->types = types;
    node->columns_count = 4;
    return node;
}

static const struct weir_lookup *lookup_of(const char *const (*pairs)[2], bool payload)
{
    struct weir_lookup *lookup = WEIR_NEW(&arena, struct weir_lookup);
    *lookup = (struct weir_lookup){
        .name = "l", .query = values(pairs), .keys_count = 1, .has_payload = payload};
    return lookup;
}

static void join_gives_matches_in_order(void **state)
{
    (void)state;
    const struct weir_lookup *lookup =
        lookup_of(PAIRS({"a", "10"}, {"b", "20"}, {"a", "11"}, {NULL, "30"}, {"a", "12"}), true);
    const struct weir_node *input = values(PAIRS({"a", "1"}, {"x", "2"}, {NULL, "3"}, {"b", "4"}));
    assert_string_equal(run_with(join(input, false, NULL), lookup),
                        "a|1|a|10;a|1|a|11;a|1|a|12;b|4|b|20;");
    assert_string_equal(run_with(join(input, true, NULL), lookup),
                        "a|1|a|10;a|1|a|11;a|1|a|12;x|2||;|3||;b|4|b|20;");
}

static void join_left_with_condition_keeps_rows_without_match(void **state)
{
    (void)state;
    const struct weir_lookup *lookup =
        lookup_of(PAIRS({"a", "10"}, {"b", "20"}, {"a", "11"}), true);
    const struct weir_node *input = values(PAIRS({"a", "10"}, {"b", "21"}, {"c", "1"}, {"a", "9"}));
    const struct weir_expr *more =
        call(WEIR_OPERATOR, ">", column(3, WEIR_INT4), column(1, WEIR_INT4));
    assert_string_equal(run_with(join(input, true, more), lookup),
                        "a|10|a|11;b|21||;c|1||;a|9|a|10;a|9|a|11;");
    assert_string_equal(run_with(join(input, false, more), lookup), "a|10|a|11;a|9|a|10;a|9|a|11;");
}

static void join_with_an_empty_lookup(void **state)
{
    (void)state;
    struct weir_lookup *lookup = WEIR_NEW(&arena, struct weir_lookup);
    *lookup = *lookup_of(PAIRS({"a", "1"}), true);
    lookup->query = filter(lookup->query, constant(WEIR_BOOL, "f"));
    const struct weir_node *input = values(PAIRS({"a", "1"}));
    assert_string_equal(run_with(join(input, true, NULL), lookup), "a|1||;");
    assert_string_equal(run_with(join(input, false, NULL), lookup), "");
}

/* ---- lookups ---- */

static void lookup_expression_in_and_exists(void **state)
{
    (void)state;
    const struct weir_expr *args[] = {column(0, WEIR_TEXT)};
    struct weir_expr test = {
        .kind = WEIR_EXPR_LOOKUP, .type = WEIR_BOOL, .args = args, .args_count = 1};
    struct weir_node *project =
        over(WEIR_NODE_PROJECT, values(PAIRS({"a", "1"}, {"x", "2"}, {NULL, "3"})));
    const struct weir_expr *exprs[] = {&test};
    project->exprs = exprs;
    project->exprs_count = project->columns_count = 1;
    test.test = WEIR_LOOKUP_EXISTS;
    assert_string_equal(run_with(project, lookup_of(PAIRS({"a", "1"}, {NULL, "1"}), false)),
                        "t;f;f;");
    test.test = WEIR_LOOKUP_IN;
    assert_string_equal(run_with(project, lookup_of(PAIRS({"a", "1"}), false)), "t;f;;");
    assert_string_equal(run_with(project, lookup_of(PAIRS({"a", "1"}, {NULL, "1"}), false)),
                        "t;;;");
}

static void lookup_snapshot_restored_is_what_is_probed(void **state)
{
    (void)state;
    struct weir_buffer bytes;
    weir_buffer_init(&bytes, 1 << 20);
    struct weir_lookups *one = lookups_of(lookup_of(PAIRS({"a", "1"}), false));
    struct weir_lookups *two = lookups_of(lookup_of(PAIRS({"b", "1"}), false));
    const char *name = weir_arena_printf(&arena, "%s", weir_lookup_snapshot_name(one, 0));
    assert_string_not_equal(name, weir_lookup_snapshot_name(two, 0));
    assert_int_equal(weir_lookup_snapshot(one, 0, &bytes, &err), WEIR_OK);
    assert_int_equal(weir_lookup_restore(two, 0, weir_buffer_slice(&bytes), name, &err), WEIR_OK);
    assert_string_equal(weir_lookup_snapshot_name(two, 0), name);
    bool changed;
    assert_int_equal(weir_lookups_refresh(two, 0, &changed, &err), WEIR_OK);
    assert_true(changed);
    assert_string_not_equal(weir_lookup_snapshot_name(two, 0), name);
    assert_int_equal(weir_lookups_refresh(two, 0, &changed, &err), WEIR_OK);
    assert_false(changed);
    weir_lookups_close(one);
    weir_lookups_close(two);
    weir_buffer_done(&bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(filter_keeps_true_rows_only),
        TEST(filter_error_ends_a_query),
        TEST(chain_filter_error_goes_on_in_every_column),
        TEST(project_error_not_read_does_not_matter),
        TEST(limit_skips_and_stops),
        TEST(union_all_goes_on_behind_a_limit_below),
        TEST(sort_nulls_and_order_are_stable),
        TEST(aggregate_without_rows_gives_one_row),
        TEST(aggregate_groups_keep_their_first_order),
        TEST(aggregate_distinct_and_filter),
        TEST(aggregate_filter_hides_errors_of_its_argument),
        TEST(join_gives_matches_in_order),
        TEST(join_left_with_condition_keeps_rows_without_match),
        TEST(join_with_an_empty_lookup),
        TEST(lookup_expression_in_and_exists),
        TEST(lookup_snapshot_restored_is_what_is_probed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
