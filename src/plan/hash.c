/* The plan's hash: equal as long as the plan does the same to the same streams, whatever its text,
 * comments, credentials and settings are. Open epochs are only ever replayed by a plan with the
 * same hash. */
#include "plan/binder.h"

#include "base/hash.h"

/* Options that may change between two runs: how fast, how often, with what password; not what. */
static const char *const free_options[] = {"refresh",        "timeout",         "fallback",
                                           "dead_letter",    "commit_interval", "roll_size",
                                           "retention_time", "retention_size",  "segment_size"};

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return weir_hash_mix(hash, weir_hash(weir_slice_of(text), 0));
}

static uint64_t mix_expr(uint64_t hash, const struct weir_expr *expr)
{
    return weir_hash_mix(hash, expr ? weir_expr_hash(expr) : 0);
}

static uint64_t mix_exprs(uint64_t hash, const struct weir_expr *const *exprs, uint32_t count)
{
    hash = weir_hash_mix(hash, count);
    for (uint32_t i = 0; i < count; i++)
        hash = mix_expr(hash, exprs[i]);
    return hash;
}

static bool option_counts(const struct weir_option *option)
{
    if (option->location < 0 || !(option->spec->scopes & WEIR_ON_TABLE) ||
        option->spec->kind == WEIR_OPTION_SECRET)
        return false;
    for (size_t i = 0; i < sizeof free_options / sizeof *free_options; i++)
        if (strcmp(free_options[i], option->name) == 0)
            return false;
    return true;
}

static uint64_t hash_table(const struct weir_table *table)
{
    uint64_t hash = mix_text(1, table->name), options = 0;
    hash = mix_text(hash, table->connector ? table->connector->name : "");
    hash = mix_text(hash, table->format ? table->format->name : "");
    for (uint32_t i = 0; i < table->columns_count; i++)
        hash = weir_hash_mix(mix_text(hash, table->columns[i].name), table->columns[i].type);
    for (size_t i = 0; i < table->options.count; i++) /* a sum: their order does not matter */
        if (option_counts(&table->options.items[i]))
            options +=
                mix_text(mix_text(2, table->options.items[i].name), table->options.items[i].text);
    return weir_hash_mix(hash, options);
}

static uint64_t mix_node_own(uint64_t hash, const struct weir_node *node)
{
    hash = weir_hash_mix(hash, node->kind);
    hash = weir_hash_mix(hash, node->table ? hash_table(node->table) : 0);
    hash = mix_expr(mix_exprs(hash, node->exprs, node->exprs_count), node->condition);
    hash = weir_hash_mix(hash, node->rows_count ^ (uint64_t)node->lookup << 32);
    hash = weir_hash_mix(hash, node->left | (uint64_t)node->grouped << 1 |
                                   (uint64_t)node->keys_count << 2);
    for (uint32_t i = 0; i < node->aggregates_count; i++) {
        const struct weir_aggregate *aggregate = &node->aggregates[i];
        hash = mix_text(hash, aggregate->function);
        hash = weir_hash_mix(hash, aggregate->star | (uint64_t)aggregate->distinct << 1);
        hash = mix_expr(mix_expr(mix_expr(hash, aggregate->args[0]), aggregate->args[1]),
                        aggregate->filter);
    }
    for (uint32_t i = 0; i < node->sort_keys_count; i++)
        hash = weir_hash_mix(hash, (uint64_t)node->sort_keys[i].column << 2 |
                                       (uint64_t)node->sort_keys[i].descending << 1 |
                                       node->sort_keys[i].nulls_first);
    return weir_hash_mix(weir_hash_mix(hash, (uint64_t)node->limit), (uint64_t)node->offset);
}

static uint64_t hash_node(const struct weir_node *node)
{
    uint64_t hash = mix_node_own(3, node);
    for (uint32_t i = 0; i < node->inputs_count; i++)
        hash = weir_hash_mix(hash, hash_node(node->inputs[i]));
    return hash;
}

static uint64_t hash_branch(const struct weir_branch *branch)
{
    uint64_t hash = mix_exprs(mix_expr(4, branch->filter), branch->exprs, branch->exprs_count);
    hash = weir_hash_mix(hash, branch->statement);
    for (uint32_t i = 0; i < branch->rest_count; i++)
        hash = mix_node_own(hash, branch->rest[i]);
    return hash;
}

uint64_t weir_plan_hash(const struct weir_plan *plan)
{
    uint64_t hash = 5;
    for (uint32_t i = 0; i < plan->lookups_count; i++)
        hash = weir_hash_mix(hash, hash_node(plan->lookups[i].query));
    for (uint32_t i = 0; i < plan->statements_count; i++) {
        const struct weir_statement *statement = &plan->statements[i];
        hash = weir_hash_mix(hash, hash_table(plan->sinks[statement->sink].table));
        hash = weir_hash_mix(hash, statement->on_error);
    }
    for (uint32_t i = 0; i < plan->sources_count; i++) {
        const struct weir_plan_source *source = &plan->sources[i];
        hash = weir_hash_mix(hash,
                             source->table ? hash_table(source->table) : hash_node(source->query));
        for (uint32_t b = 0; b < source->branches_count; b++)
            hash = weir_hash_mix(hash, hash_branch(&source->branches[b]));
    }
    return hash;
}
