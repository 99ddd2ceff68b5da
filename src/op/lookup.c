/* Lookups: bounded queries kept as hash tables, shared by all tasks of a process, read anew between
 * two epochs.
 *
 * When is a lookup read anew? When a source that it scans says another `version` than before the
 * last reading, when its refresh interval is over, or when a lookup that it uses itself was read
 * anew. Versions are asked every 100 ms, and more rarely where asking takes long (a remote), so
 * that the asking costs under one percent. The version is taken before the rows are read: what
 * changes meanwhile is noticed the next time.
 *
 * Invariants: a table is never changed once it is current; content that did not change keeps its
 * name; a reading that fails leaves the content as it was and is warned of once for each version
 * that fails. Thread: the worker. Not here: rows and probing (lookup_table.c), their form as bytes
 * (lookup_snapshot.c). */
#include "op/operators.h"

#include "base/env.h"
#include "base/log.h"
#include "op/lookup_table.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK_EVERY_US   INT64_C(100000)
#define CHECK_COST_SHARE 100 /* asking takes at most 1/100 of the time */

struct lookup {
    const struct weir_lookup *plan;
    enum weir_type *types; /* of the columns that are kept */
    uint32_t columns_count;
    struct weir_lookup_table *table; /* current; NULL: not built yet */
    char name[64];
    struct weir_source **versions; /* by table of the plan's lookup: opened to be asked for its
                                      version; NULL: never changes */
    struct weir_buffer version;    /* what they said before the last reading */
    struct weir_buffer asked;      /* scratch: what they say now */
    int64_t read_us;               /* monotonic: the last reading */
    bool due;      /* restored from a snapshot: the present content has to come back */
    bool building; /* finds circles */
    bool *uses;    /* by lookup: the query probes it */
};

struct weir_lookups {
    const struct weir_plan *plan;
    struct lookup *items;
    uint32_t count;
    size_t bytes_max;
    int64_t check_us;  /* monotonic: versions are asked again then */
    int64_t asking_us; /* spent on asking in the present round */
    bool *changed;     /* scratch of a refresh, by lookup */
};

/* ---- which lookups a query uses ---- */

static void expr_uses(const struct weir_expr *expr, bool *uses)
{
    if (!expr)
        return;
    if (expr->kind == WEIR_EXPR_LOOKUP)
        uses[expr->lookup] = true;
    for (uint32_t a = 0; a < expr->args_count; a++)
        expr_uses(expr->args[a], uses);
}

static void node_uses(const struct weir_node *node, bool *uses)
{
    uint32_t exprs_count =
        node->kind == WEIR_NODE_VALUES ? node->rows_count * node->columns_count : node->exprs_count;
    for (uint32_t e = 0; e < exprs_count; e++)
        expr_uses(node->exprs[e], uses);
    expr_uses(node->condition, uses);
    for (uint32_t a = 0; a < node->aggregates_count; a++) {
        expr_uses(node->aggregates[a].args[0], uses);
        expr_uses(node->aggregates[a].args[1], uses);
        expr_uses(node->aggregates[a].filter, uses);
    }
    if (node->kind == WEIR_NODE_JOIN)
        uses[node->lookup] = true;
    for (uint32_t i = 0; i < node->inputs_count; i++)
        node_uses(node->inputs[i], uses);
}

/* ---- building one ---- */

struct builder { /* the last operator of the lookup's query */
    struct weir_operator base;
    struct weir_lookup_table *table;
    const struct weir_vector **columns;
};

static enum weir_code builder_batch(struct weir_operator *op, const struct weir_batch *batch,
                                    int64_t now_us, struct weir_error *err)
{
    struct builder *builder = (struct builder *)op;
    (void)now_us;
    for (uint32_t c = 0; c < builder->table->store.columns_count; c++)
        builder->columns[c] = &batch->columns[c];
    return weir_lookup_table_add(builder->table, builder->columns, batch->selection, err);
}

static enum weir_code builder_finish(struct weir_operator *op, int64_t now_us,
                                     struct weir_error *err)
{
    struct builder *builder = (struct builder *)op;
    (void)now_us;
    return weir_lookup_table_finish(builder->table, err);
}

static const struct weir_operator_ops builder_ops = {
    .name = "lookup", .batch = builder_batch, .finish = builder_finish};

/* What this lookup may take: all but what the others hold. */
static size_t bytes_left(const struct weir_lookups *lookups, const struct lookup *lookup)
{
    size_t taken = 0;
    for (uint32_t i = 0; i < lookups->count; i++)
        if (&lookups->items[i] != lookup && lookups->items[i].table)
            taken += weir_lookup_table_bytes(lookups->items[i].table);
    return taken < lookups->bytes_max ? lookups->bytes_max - taken : 0;
}

static enum weir_code table_new(const struct weir_lookups *lookups, const struct lookup *lookup,
                                struct weir_lookup_table **ret, struct weir_error *err)
{
    struct weir_lookup_table *table = malloc(sizeof(*table));
    if (!table)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    enum weir_code code = weir_lookup_table_init(
        table, lookup->types, lookup->columns_count, lookup->plan->keys_count,
        lookup->plan->has_payload, bytes_left(lookups, lookup), err);
    if (code != WEIR_OK) {
        free(table);
        return code;
    }
    *ret = table;
    return WEIR_OK;
}

static void table_free(struct weir_lookup_table *table)
{
    if (!table)
        return;
    weir_lookup_table_done(table);
    free(table);
}

static enum weir_code does_not_fit(const struct weir_lookups *lookups, const struct lookup *lookup,
                                   struct weir_error *err)
{
    weir_fail(err, WEIR_NOMEM, "lookup \"%s\" does not fit into memory (%zu MB for all lookups)",
              lookup->plan->name, lookups->bytes_max >> 20);
    return weir_hint(
        err, "Raise the memory with SET weir.memory = '..', or select fewer rows or columns.");
}

static enum weir_code table_build(struct weir_lookups *lookups, const struct lookup *lookup,
                                  int64_t now_us, struct weir_lookup_table **ret,
                                  struct weir_error *err)
{
    struct weir_lookup_table *table = NULL;
    WEIR_TRY(table_new(lookups, lookup, &table, err));
    struct builder builder = {.base.ops = &builder_ops, .table = table};
    builder.columns = calloc(lookup->columns_count + 1, sizeof(const struct weir_vector *));
    enum weir_code code =
        builder.columns ? weir_node_run(lookup->plan->query, lookups, now_us, &builder.base, err)
                        : weir_fail(err, WEIR_NOMEM, "out of memory");
    free(builder.columns);
    if (code != WEIR_OK) {
        table_free(table);
        return code == WEIR_NOMEM ? does_not_fit(lookups, lookup, err) : code;
    }
    *ret = table;
    return WEIR_OK;
}

static void table_switch(struct weir_lookups *lookups, struct lookup *lookup,
                         struct weir_lookup_table *table)
{
    table_free(lookup->table);
    lookup->table = table;
    int len =
        snprintf(lookup->name, sizeof(lookup->name), "lookup-%u-%016llx",
                 (unsigned)(lookup - lookups->items), (unsigned long long)table->content_hash);
    WEIR_ASSERT(len > 0 && (size_t)len < sizeof(lookup->name));
}

/* ---- versions ---- */

/* Sources that can change stay open for their version; they are never read through this door. */
static enum weir_code versions_open(struct lookup *lookup, struct weir_error *err)
{
    const struct weir_source_config config = {.columns_needed = NULL, .follow = false};
    for (uint32_t t = 0; t < lookup->plan->tables_count; t++) {
        const struct weir_table *table = lookup->plan->tables[t];
        const struct weir_source_ops *source = table->connector->source;
        if (source->version)
            WEIR_TRY(source->open(table, &config, &lookup->versions[t], err));
    }
    return WEIR_OK;
}

/* All versions in one text: asked is what the sources say now. */
static enum weir_code versions_ask(struct lookup *lookup, struct weir_error *err)
{
    lookup->asked.len = 0;
    for (uint32_t t = 0; t < lookup->plan->tables_count; t++) {
        if (!lookup->versions[t])
            continue;
        const struct weir_source_ops *source = lookup->plan->tables[t]->connector->source;
        WEIR_TRY(source->version(lookup->versions[t], &lookup->asked, err));
        WEIR_TRY(weir_buffer_append(&lookup->asked, WEIR_SLICE("\n"), err));
    }
    return WEIR_OK;
}

static void version_keep(struct lookup *lookup)
{
    struct weir_buffer old = lookup->version;
    lookup->version = lookup->asked;
    lookup->asked = old;
}

/* ---- opening ---- */

static enum weir_code lookup_build_first(struct weir_lookups *lookups, uint32_t at, int64_t now_us,
                                         struct weir_error *err)
{
    struct lookup *lookup = &lookups->items[at];
    if (lookup->table)
        return WEIR_OK;
    if (lookup->building)
        return weir_fail(err, WEIR_BUG, "lookup \"%s\" uses itself", lookup->plan->name);
    lookup->building = true;
    for (uint32_t other = 0; other < lookups->count; other++)
        if (lookup->uses[other])
            WEIR_TRY(lookup_build_first(lookups, other, now_us, err));
    lookup->building = false;

    WEIR_TRY(versions_open(lookup, err));
    WEIR_TRY(versions_ask(lookup, err));
    version_keep(lookup);
    struct weir_lookup_table *table = NULL;
    WEIR_TRY(table_build(lookups, lookup, now_us, &table, err));
    table_switch(lookups, lookup, table);
    lookup->read_us = weir_clock_monotonic_us();
    return WEIR_OK;
}

static enum weir_code lookup_init(struct lookup *lookup, const struct weir_lookup *plan,
                                  uint32_t lookups_count, struct weir_error *err)
{
    lookup->plan = plan;
    lookup->columns_count = plan->has_payload ? plan->query->columns_count : plan->keys_count;
    lookup->types = calloc(lookup->columns_count + 1, sizeof(*lookup->types));
    lookup->versions = calloc(plan->tables_count + 1, sizeof(struct weir_source *));
    lookup->uses = calloc(lookups_count, sizeof(*lookup->uses));
    weir_buffer_init(&lookup->version, 1 << 20);
    weir_buffer_init(&lookup->asked, 1 << 20);
    if (!lookup->types || !lookup->versions || !lookup->uses)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    for (uint32_t c = 0; c < lookup->columns_count; c++)
        lookup->types[c] = plan->query->types[c];
    node_uses(plan->query, lookup->uses);
    return WEIR_OK;
}

static enum weir_code open_all(struct weir_lookups *lookups, int64_t now_us, struct weir_error *err)
{
    for (uint32_t i = 0; i < lookups->count; i++)
        WEIR_TRY(lookup_init(&lookups->items[i], &lookups->plan->lookups[i], lookups->count, err));
    for (uint32_t i = 0; i < lookups->count; i++)
        WEIR_TRY(lookup_build_first(lookups, i, now_us, err));
    lookups->check_us = weir_clock_monotonic_us() + CHECK_EVERY_US;
    return WEIR_OK;
}

enum weir_code weir_lookups_open(const struct weir_plan *plan, int64_t now_us, size_t bytes_max,
                                 struct weir_lookups **ret, struct weir_error *err)
{
    struct weir_lookups *lookups = calloc(1, sizeof(*lookups));
    if (!lookups)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    lookups->plan = plan;
    lookups->bytes_max = bytes_max;
    lookups->items = calloc(plan->lookups_count + 1, sizeof(*lookups->items));
    lookups->changed = calloc(plan->lookups_count + 1, sizeof(*lookups->changed));
    enum weir_code code = WEIR_OK;
    if (!lookups->items || !lookups->changed) {
        code = weir_fail(err, WEIR_NOMEM, "out of memory");
    } else {
        lookups->count = plan->lookups_count;
        code = open_all(lookups, now_us, err);
    }
    if (code != WEIR_OK) {
        weir_lookups_close(lookups);
        return code;
    }
    *ret = lookups;
    return WEIR_OK;
}

void weir_lookups_close(struct weir_lookups *lookups)
{
    if (!lookups)
        return;
    for (uint32_t i = 0; i < lookups->count; i++) {
        struct lookup *lookup = &lookups->items[i];
        for (uint32_t t = 0; lookup->plan && lookup->versions && t < lookup->plan->tables_count;
             t++)
            if (lookup->versions[t])
                lookup->plan->tables[t]->connector->source->close(lookup->versions[t]);
        table_free(lookup->table);
        weir_buffer_done(&lookup->version);
        weir_buffer_done(&lookup->asked);
        free(lookup->types);
        free(lookup->versions);
        free(lookup->uses);
    }
    free(lookups->items);
    free(lookups->changed);
    free(lookups);
}

/* ---- refreshing ---- */

/* Whether the lookup has to be read anew; asks its sources. */
static bool is_due(struct weir_lookups *lookups, struct lookup *lookup, int64_t monotonic_us)
{
    struct weir_error err;
    bool due = lookup->due || (lookup->plan->refresh_ms > 0 &&
                               monotonic_us - lookup->read_us >= lookup->plan->refresh_ms * 1000);
    for (uint32_t other = 0; other < lookups->count; other++)
        due |= lookup->uses[other] && lookups->changed[other];
    int64_t asked_us = weir_clock_monotonic_us();
    enum weir_code code = versions_ask(lookup, &err);
    lookups->asking_us += weir_clock_monotonic_us() - asked_us;
    if (code != WEIR_OK) {
        /* Not to be asked just now (a file being replaced): what it says next decides. One warning
         * a failure. */
        lookup->asked.len = 0;
        if (lookup->version.len) {
            weir_log(WEIR_LOG_WARNING, "lookup \"%s\" keeps its content: %s", lookup->plan->name,
                     err.text);
            lookup->version.len = 0;
        }
        return false;
    }
    if (!weir_slice_equal(weir_buffer_slice(&lookup->asked), weir_buffer_slice(&lookup->version)))
        due = true;
    version_keep(lookup);
    return due;
}

static void lookup_refresh(struct weir_lookups *lookups, uint32_t at, int64_t now_us)
{
    struct lookup *lookup = &lookups->items[at];
    struct weir_lookup_table *table = NULL;
    struct weir_error err;
    lookup->read_us = weir_clock_monotonic_us();
    if (table_build(lookups, lookup, now_us, &table, &err) != WEIR_OK) {
        weir_log(WEIR_LOG_WARNING, "lookup \"%s\" keeps its content: %s", lookup->plan->name,
                 err.text);
        lookup->due = false;
        return;
    }
    WEIR_ASSERT(table);
    lookup->due = false;
    lookups->changed[at] = table->content_hash != lookup->table->content_hash;
    if (lookups->changed[at])
        table_switch(lookups, lookup, table);
    else
        table_free(table);
}

/* Those that it uses first: a change there reaches it in the same refresh. */
static void refresh_in_order(struct weir_lookups *lookups, uint32_t at, int64_t monotonic_us,
                             int64_t now_us)
{
    struct lookup *lookup = &lookups->items[at];
    if (lookup->building)
        return;
    lookup->building = true; /* done in this round */
    for (uint32_t other = 0; other < lookups->count; other++)
        if (lookup->uses[other])
            refresh_in_order(lookups, other, monotonic_us, now_us);
    if (is_due(lookups, lookup, monotonic_us))
        lookup_refresh(lookups, at, now_us);
}

enum weir_code weir_lookups_refresh(struct weir_lookups *lookups, int64_t now_us, bool *ret_changed,
                                    struct weir_error *err)
{
    (void)err;
    *ret_changed = false;
    if (lookups->count == 0)
        return WEIR_OK;
    int64_t started_us = weir_clock_monotonic_us();
    bool restored = false;
    for (uint32_t i = 0; i < lookups->count; i++)
        restored |= lookups->items[i].due;
    if (started_us < lookups->check_us && !restored)
        return WEIR_OK;

    lookups->asking_us = 0;
    for (uint32_t i = 0; i < lookups->count; i++) {
        lookups->changed[i] = false;
        lookups->items[i].building = false;
    }
    for (uint32_t i = 0; i < lookups->count; i++)
        refresh_in_order(lookups, i, started_us, now_us);
    for (uint32_t i = 0; i < lookups->count; i++)
        *ret_changed |= lookups->changed[i];

    int64_t pause_us = lookups->asking_us * CHECK_COST_SHARE;
    lookups->check_us =
        weir_clock_monotonic_us() + (pause_us > CHECK_EVERY_US ? pause_us : CHECK_EVERY_US);
    return WEIR_OK;
}

/* ---- snapshots ---- */

enum weir_code weir_lookup_snapshot(const struct weir_lookups *lookups, uint32_t lookup,
                                    struct weir_buffer *ret, struct weir_error *err)
{
    return weir_lookup_table_write(lookups->items[lookup].table, ret, err);
}

const char *weir_lookup_snapshot_name(const struct weir_lookups *lookups, uint32_t lookup)
{
    return lookups->items[lookup].name;
}

enum weir_code weir_lookup_restore(struct weir_lookups *lookups, uint32_t at,
                                   struct weir_slice bytes, const char *name,
                                   struct weir_error *err)
{
    if (at >= lookups->count)
        return weir_fail(err, WEIR_BAD_DATA,
                         "snapshot \"%s\" is of a lookup that the plan does not have", name);
    struct lookup *lookup = &lookups->items[at];
    struct weir_lookup_table *table = NULL;
    WEIR_TRY(table_new(lookups, lookup, &table, err));
    WEIR_ASSERT(table);
    enum weir_code code = weir_lookup_table_read(table, bytes, err);
    if (code != WEIR_OK) {
        table_free(table);
        if (code == WEIR_NOMEM)
            return does_not_fit(lookups, lookup, err);
        return weir_fail_in(err, "snapshot \"%s\" of lookup \"%s\" cannot be used", name,
                            lookup->plan->name);
    }
    table_switch(lookups, lookup, table);
    lookup->due = true;
    return WEIR_OK;
}

/* ---- the probe of LOOKUP expressions ---- */

/* Rows in which an argument failed are the program's to mark. */
void weir_lookups_probe(void *context, uint32_t lookup, enum weir_lookup_test test,
                        struct weir_eval *eval, const struct weir_vector *const *args,
                        uint32_t args_count, struct weir_vector *out,
                        struct weir_selection selection)
{
    const struct weir_lookup_table *table =
        ((const struct weir_lookups *)context)->items[lookup].table;
    (void)eval;
    uint32_t matches[WEIR_BATCH_ROWS_MAX];
    uint32_t i = 0;
    if (args_count == 0) {
        WEIR_FOR_SELECTED(row, selection)
        {
            out->b[row] = table->store.rows > 0;
            weir_set_valid(out, row, true);
        }
        return;
    }
    WEIR_ASSERT(args_count == table->keys_count);
    weir_lookup_table_probe(table, args, selection, matches);
    WEIR_FOR_SELECTED(row, selection)
    {
        bool found = matches[i++] != WEIR_NO_ROW;
        out->b[row] = found;
        weir_set_valid(out, row, true);
        if (!found && test == WEIR_LOOKUP_IN && weir_lookup_table_unknown(table, args, row))
            weir_set_valid(out, row, false);
    }
}

/* ---- for joins ---- */

const struct weir_lookup_table *weir_lookups_table(const struct weir_lookups *lookups,
                                                   uint32_t lookup)
{
    return lookups->items[lookup].table;
}

uint32_t weir_lookups_columns(const struct weir_lookups *lookups, uint32_t lookup)
{
    return lookups->items[lookup].columns_count;
}
