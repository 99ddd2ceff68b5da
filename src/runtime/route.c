/* See route.h. Roots of the shared program, in order: one filter a branch that has one (group 0),
 * then each branch's projection (group 1 + branch). */
#include "runtime/route.h"

struct branch {
    const struct weir_branch *plan;
    struct weir_outlet *outlet;
    struct weir_operator
        *first; /* of the chain behind the projection: the outlet itself in the common case */
    uint32_t filter_root, first_root;
    struct weir_selection selection; /* of the present batch */
    uint32_t *rows;                  /* room for the selection; NULL without a filter */
    struct weir_vector *columns;     /* the projection's result */
};

struct weir_route {
    struct weir_program_state *state;
    struct branch *branches;
    uint32_t branches_count;
};

static enum weir_code no_memory(struct weir_error *err)
{
    return weir_fail(err, WEIR_NOMEM, "out of memory for a task");
}

/* The program over all branches. */
static enum weir_code compile(struct weir_route *route, struct weir_lookups *lookups,
                              struct weir_arena *arena, struct weir_error *err)
{
    uint32_t count = 0, at = 0;
    for (uint32_t i = 0; i < route->branches_count; i++)
        count += route->branches[i].plan->exprs_count + 1;
    struct weir_program_root *roots = WEIR_NEW_ARRAY(arena, struct weir_program_root, count);
    struct weir_program *program;
    if (!roots)
        return no_memory(err);
    for (uint32_t i = 0; i < route->branches_count; i++) {
        struct branch *branch = &route->branches[i];
        branch->filter_root = at;
        if (branch->plan->filter)
            roots[at++] = (struct weir_program_root){branch->plan->filter, 0};
    }
    for (uint32_t i = 0; i < route->branches_count; i++) {
        struct branch *branch = &route->branches[i];
        branch->first_root = at;
        for (uint32_t k = 0; k < branch->plan->exprs_count; k++)
            roots[at++] = (struct weir_program_root){branch->plan->exprs[k], i + 1};
    }
    WEIR_TRY(weir_program_compile(roots, at, route->branches_count + 1, arena, &program, err));
    return weir_program_state_new(program, weir_batch_rows(), weir_lookups_probe, lookups, arena,
                                  &route->state, err);
}

enum weir_code weir_route_open(const struct weir_plan_source *source, struct weir_lookups *lookups,
                               struct weir_outlet *outlets, struct weir_arena *arena,
                               struct weir_route **ret, struct weir_error *err)
{
    struct weir_route *route = WEIR_NEW(arena, struct weir_route);
    if (!route || !(route->branches = WEIR_NEW_ARRAY(arena, struct branch, source->branches_count)))
        return no_memory(err);
    for (uint32_t i = 0; i < source->branches_count; i++) {
        struct branch *branch = &route->branches[i];
        branch->plan = &source->branches[i];
        branch->outlet = &outlets[i];
        branch->first = &outlets[i].op;
        branch->rows = WEIR_NEW_ARRAY(arena, uint32_t, weir_batch_rows());
        branch->columns = WEIR_NEW_ARRAY(arena, struct weir_vector, branch->plan->exprs_count + 1);
        if (!branch->rows || !branch->columns) {
            weir_route_close(route);
            return no_memory(err);
        }
        route->branches_count = i + 1;
        if (!branch->plan->rest_count)
            continue;
        enum weir_code code =
            weir_op_chain(branch->plan->rest, branch->plan->rest_count, branch->plan->exprs_count,
                          lookups, &outlets[i].op, &branch->first, err);
        if (code != WEIR_OK) {
            branch->first = &outlets[i].op;
            weir_route_close(route);
            return code;
        }
    }
    enum weir_code code = compile(route, lookups, arena, err);
    if (code != WEIR_OK) {
        weir_route_close(route);
        return code;
    }
    *ret = route;
    return WEIR_OK;
}

/* The rows that the branch's filter lets through. */
static enum weir_code filter(struct weir_route *route, struct branch *branch,
                             const struct weir_batch *batch, struct weir_error *err)
{
    uint32_t errors_count = 0;
    branch->selection = batch->selection;
    if (!branch->plan->filter)
        return WEIR_OK;
    const struct weir_vector *condition = weir_program_result(route->state, branch->filter_root);
    branch->selection.count =
        weir_selection_filter(condition, batch->selection, branch->rows, &errors_count);
    branch->selection.rows = branch->rows;
    return errors_count ? weir_outlet_bad_rows(branch->outlet, condition, batch->selection, err)
                        : WEIR_OK;
}

enum weir_code weir_route_batch(struct weir_route *route, const struct weir_batch *batch,
                                int64_t now_us, struct weir_error *err)
{
    WEIR_TRY(weir_program_run(route->state, 0, batch, batch->selection, now_us, err));
    for (uint32_t i = 0; i < route->branches_count; i++) {
        struct branch *branch = &route->branches[i];
        weir_counter_add(&branch->outlet->tally->rows_in, batch->selection.count);
        WEIR_TRY(filter(route, branch, batch, err));
        if (!branch->selection.count)
            continue;
        WEIR_TRY(weir_program_run(route->state, i + 1, batch, branch->selection, now_us, err));
        for (uint32_t k = 0; k < branch->plan->exprs_count; k++)
            branch->columns[k] = *weir_program_result(route->state, branch->first_root + k);
        const struct weir_batch out = {.arena = batch->arena,
                                       .columns = branch->columns,
                                       .columns_count = branch->plan->exprs_count,
                                       .rows = batch->rows,
                                       .capacity = batch->capacity,
                                       .selection = branch->selection};
        WEIR_TRY(branch->first->ops->batch(branch->first, &out, now_us, err));
    }
    return WEIR_OK;
}

void weir_route_close(struct weir_route *route)
{
    if (!route)
        return;
    for (uint32_t i = 0; i < route->branches_count; i++)
        if (route->branches[i].first != &route->branches[i].outlet->op)
            weir_op_chain_close(route->branches[i].first, &route->branches[i].outlet->op);
    route->branches_count = 0;
}
