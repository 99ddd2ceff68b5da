/* Aggregate functions with PostgreSQL's results: sum of integer is bigint, of bigint numeric;
 * averages of exact types are numeric; NULLs are left out; no rows give NULL, but for count.
 *
 * Integers are summed in 128 bits: 2^63 rows of the largest bigint fit. Not here: grouping, FILTER,
 * DISTINCT (op_aggregate.c). Source: PostgreSQL 15, chapter 9.21. */
#include "op/aggregate.h"

#include "base/buffer.h"
#include "column/text.h"
#include "op/decimal_sum.h"

#include <math.h>
#include <stdlib.h>

enum kind { COUNT, SUM, AVG, MIN, MAX, BOOL_AND, BOOL_OR, STRING_AGG };

static const struct {
    const char *name;
    enum kind kind;
} kinds[] = {{"count", COUNT},    {"sum", SUM},         {"avg", AVG},
             {"min", MIN},        {"max", MAX},         {"bool_and", BOOL_AND},
             {"every", BOOL_AND}, {"bool_or", BOOL_OR}, {"string_agg", STRING_AGG}};

struct state {
    uint64_t count;                   /* of values that were not NULL (count(*): rows) */
    __int128 integer;                 /* sum, avg of integers */
    double real;                      /* sum, avg of double precision */
    bool truth;                       /* bool_and, bool_or */
    struct weir_decimal_sum *decimal; /* sum, avg of numeric; NULL until the first value */
    struct weir_buffer bytes;         /* string_agg; min, max of slices */
};

struct weir_aggregate_states {
    enum kind kind;
    bool star;
    enum weir_type arg_type; /* of the first argument */
    struct state *states;
    struct weir_vector best; /* min, max: by group; slices point into the state's bytes */
    uint32_t groups_count, capacity;
    size_t bytes;
};

#define STATE_BYTES_MAX ((size_t)1 << 30)

enum weir_code weir_aggregate_new(const struct weir_aggregate *aggregate,
                                  const enum weir_type *arg_types,
                                  struct weir_aggregate_states **ret, struct weir_error *err)
{
    size_t k = 0;
    while (k < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[k].name, aggregate->function) != 0)
        k++;
    if (k == sizeof(kinds) / sizeof(kinds[0]))
        return weir_fail(err, WEIR_BAD_CONFIG, "aggregate function %s does not exist",
                         aggregate->function);
    struct weir_aggregate_states *states = calloc(1, sizeof(*states));
    if (!states)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    states->kind = kinds[k].kind;
    states->star = aggregate->star || !aggregate->args[0];
    states->arg_type = states->star ? WEIR_UNKNOWN : arg_types[0];
    states->best.type = states->arg_type;
    *ret = states;
    return WEIR_OK;
}

void weir_aggregate_free(struct weir_aggregate_states *states)
{
    if (!states)
        return;
    for (uint32_t g = 0; g < states->groups_count; g++) {
        struct state *state = &states->states[g];
        weir_buffer_done(&state->bytes);
        if (state->decimal)
            weir_decimal_sum_done(state->decimal);
        free(state->decimal);
    }
    free(states->states);
    free(states->best.data);
    free(states->best.valid);
    free(states);
}

static enum weir_code best_grow(struct weir_aggregate_states *states, uint32_t capacity,
                                struct weir_error *err)
{
    struct weir_vector *best = &states->best;
    void *data = realloc(best->data, capacity * weir_type_width(best->type));
    if (data)
        best->data = data;
    uint64_t *valid = realloc(best->valid, weir_valid_words(capacity) * sizeof(*valid));
    if (valid)
        best->valid = valid;
    return data && valid ? WEIR_OK : weir_fail(err, WEIR_NOMEM, "out of memory");
}

enum weir_code weir_aggregate_grow(struct weir_aggregate_states *states, uint32_t groups_count,
                                   struct weir_error *err)
{
    if (groups_count > states->capacity) {
        uint32_t capacity = states->capacity ? states->capacity * 2 : 16;
        if (capacity < groups_count)
            capacity = groups_count;
        struct state *grown = realloc(states->states, capacity * sizeof(*grown));
        if (!grown)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        states->states = grown;
        if (states->kind == MIN || states->kind == MAX)
            WEIR_TRY(best_grow(states, capacity, err));
        states->capacity = capacity;
    }
    for (uint32_t g = states->groups_count; g < groups_count; g++) {
        states->states[g] = (struct state){.truth = states->kind == BOOL_AND};
        weir_buffer_init(&states->states[g].bytes, STATE_BYTES_MAX);
        if (states->best.valid)
            weir_set_valid(&states->best, g, false);
    }
    states->groups_count = groups_count;
    return WEIR_OK;
}

size_t weir_aggregate_bytes(const struct weir_aggregate_states *states)
{
    return states->bytes + states->capacity * sizeof(struct state);
}

/* ---- adding ---- */

static enum weir_code add_real(struct state *state, double value, struct weir_error *err)
{
    double sum = state->real + value;
    if (isinf(sum) && !isinf(value) && !isinf(state->real))
        return weir_fail(err, WEIR_BAD_DATA, "value out of range: overflow");
    state->real = sum;
    return WEIR_OK;
}

static enum weir_code add_decimal(struct weir_aggregate_states *states, struct state *state,
                                  struct weir_slice value, struct weir_error *err)
{
    if (!state->decimal) {
        state->decimal = malloc(sizeof(*state->decimal));
        if (!state->decimal)
            return weir_fail(err, WEIR_NOMEM, "out of memory");
        weir_decimal_sum_init(state->decimal);
        states->bytes += sizeof(*state->decimal) + 32;
    }
    return weir_decimal_sum_add(state->decimal, value, err);
}

static enum weir_code add_sum(struct weir_aggregate_states *states, struct state *state,
                              const struct weir_vector *arg, uint32_t row, struct weir_error *err)
{
    switch (states->arg_type) {
    case WEIR_INT4:
        state->integer += arg->i4[row];
        return WEIR_OK;
    case WEIR_INT8:
        state->integer += arg->i8[row];
        return WEIR_OK;
    case WEIR_FLOAT8:
        return add_real(state, arg->f8[row], err);
    default:
        return add_decimal(states, state, arg->s[row], err);
    }
}

/* Keeps the value where it is the first, or beats the best so far. Slices are copied into the
 * state's own bytes. */
static enum weir_code add_best(struct weir_aggregate_states *states, uint32_t group,
                               const struct weir_vector *arg, uint32_t row, struct weir_error *err)
{
    struct weir_vector *best = &states->best;
    struct state *state = &states->states[group];
    if (weir_valid(best, group)) {
        int order = weir_value_compare(arg, row, best, group);
        if (states->kind == MIN ? order >= 0 : order <= 0)
            return WEIR_OK;
    }
    weir_set_valid(best, group, true);
    size_t width = weir_type_width(best->type);
    if (!weir_type_is_slice(best->type)) {
        memcpy((char *)best->data + group * width, (const char *)arg->data + row * width, width);
        return WEIR_OK;
    }
    size_t before = state->bytes.capacity;
    state->bytes.len = 0;
    WEIR_TRY(weir_buffer_append(&state->bytes, arg->s[row], err));
    best->s[group] = weir_buffer_slice(&state->bytes);
    states->bytes += state->bytes.capacity - before;
    return WEIR_OK;
}

/* The delimiter goes in front of each value but the first; a NULL delimiter is none. */
static enum weir_code add_string(struct weir_aggregate_states *states, struct state *state,
                                 const struct weir_vector *const *args, uint32_t row,
                                 struct weir_error *err)
{
    size_t before = state->bytes.capacity;
    if (state->count > 1 && args[1] && weir_valid(args[1], row))
        WEIR_TRY(weir_buffer_append(&state->bytes, args[1]->s[row], err));
    WEIR_TRY(weir_buffer_append(&state->bytes, args[0]->s[row], err));
    states->bytes += state->bytes.capacity - before;
    return WEIR_OK;
}

enum weir_code weir_aggregate_add(struct weir_aggregate_states *states, uint32_t group,
                                  const struct weir_vector *const *args, uint32_t row,
                                  struct weir_error *err)
{
    struct state *state = &states->states[group];
    if (!states->star && !weir_valid(args[0], row))
        return WEIR_OK;
    state->count++;
    switch (states->kind) {
    case COUNT:
        return WEIR_OK;
    case SUM:
    case AVG:
        return add_sum(states, state, args[0], row, err);
    case MIN:
    case MAX:
        return add_best(states, group, args[0], row, err);
    case BOOL_AND:
        state->truth = state->truth && args[0]->b[row];
        return WEIR_OK;
    case BOOL_OR:
        state->truth = state->truth || args[0]->b[row];
        return WEIR_OK;
    case STRING_AGG:
        return add_string(states, state, args, row, err);
    }
    return WEIR_OK;
}

/* ---- results ---- */

static enum weir_code put_slice(struct weir_vector *to, uint32_t row, struct weir_slice value,
                                struct weir_error *err)
{
    if (!value.ptr)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    to->s[row] = value;
    return WEIR_OK;
}

/* Sums and averages of exact types go through one decimal sum. */
static enum weir_code exact_result(const struct weir_aggregate_states *states,
                                   const struct state *state, struct weir_vector *to, uint32_t row,
                                   struct weir_arena *arena, struct weir_error *err)
{
    struct weir_decimal_sum own, *sum = state->decimal;
    if (!sum) {
        weir_decimal_sum_init(&own);
        weir_decimal_sum_add_integer(&own, state->integer);
        sum = &own;
    }
    struct weir_slice text = states->kind == SUM
                                 ? weir_decimal_sum_text(sum, arena)
                                 : weir_decimal_sum_average(sum, state->count, arena);
    if (sum == &own)
        weir_decimal_sum_done(&own);
    return put_slice(to, row, text, err);
}

static enum weir_code sum_result(const struct weir_aggregate_states *states,
                                 const struct state *state, struct weir_vector *to, uint32_t row,
                                 struct weir_arena *arena, struct weir_error *err)
{
    if (states->arg_type == WEIR_FLOAT8) {
        to->f8[row] = states->kind == SUM ? state->real : state->real / (double)state->count;
        return WEIR_OK;
    }
    if (to->type != WEIR_INT8)
        return exact_result(states, state, to, row, arena, err);
    if (state->integer > INT64_MAX || state->integer < INT64_MIN)
        return weir_fail(err, WEIR_BAD_DATA, "bigint out of range");
    to->i8[row] = (int64_t)state->integer;
    return WEIR_OK;
}

enum weir_code weir_aggregate_result(const struct weir_aggregate_states *states, uint32_t group,
                                     struct weir_vector *to, uint32_t row, struct weir_arena *arena,
                                     struct weir_error *err)
{
    const struct state *state = &states->states[group];
    if (states->kind == COUNT) {
        to->i8[row] = (int64_t)state->count;
        weir_set_valid(to, row, true);
        return WEIR_OK;
    }
    weir_set_valid(to, row, state->count > 0);
    if (state->count == 0) {
        memset((char *)to->data + row * weir_type_width(to->type), 0, weir_type_width(to->type));
        if (weir_type_is_slice(to->type))
            to->s[row] = WEIR_SLICE("");
        return WEIR_OK;
    }
    switch (states->kind) {
    case SUM:
    case AVG:
        return sum_result(states, state, to, row, arena, err);
    case MIN:
    case MAX:
        weir_vector_copy_value(to, row, row + 1, &states->best, group, arena);
        return WEIR_OK;
    case BOOL_AND:
    case BOOL_OR:
        to->b[row] = state->truth;
        return WEIR_OK;
    case STRING_AGG:
        return put_slice(to, row, weir_buffer_slice(&state->bytes), err);
    case COUNT:
        break;
    }
    return WEIR_OK;
}
