/* Compiling expressions into a program: every distinct subexpression becomes one node, and nodes
 * share registers.
 *
 * Trees are interned bottom up, so that two equal subexpressions are one node whichever roots they
 * stand in; a node that group 0 needs belongs to group 0, any other to the group that reads it
 * (groups other than 0 see different rows, so they cannot share). Registers are then handed out in
 * the order of computation and come back after the last use, which keeps the working set of a long
 * program in the cache. Pinned for good are the results, and what other groups read of group 0.
 *
 * Not here: constant folding and any rewriting, which are the plan's; running, which is
 * program_run.c's. */
#include "expr/program.h"

#include "base/hash.h"

#define SLOT_EMPTY UINT32_MAX

struct compiler {
    struct weir_arena *arena;
    struct weir_program_node *nodes;
    uint32_t nodes_count, nodes_capacity;
    uint32_t *slots; /* hash table of nodes */
    uint32_t slots_mask;
    struct seen *
        seen; /* expressions by address: a DAG of shared pointers is walked once, not as its tree */
    uint32_t seen_mask;
    uint32_t group;
};

struct seen {
    const struct weir_expr *expr;
    uint32_t group, node;
};

static uint32_t expr_count(const struct weir_expr *expr, uint32_t limit)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < expr->args_count && count < limit; i++)
        count += expr_count(expr->args[i], limit - count);
    return count;
}

static bool nodes_equal(const struct weir_program_node *a, const struct weir_program_node *b)
{
    return a->hash == b->hash && weir_expr_node_equal(a->expr, b->expr) &&
           (a->expr->args_count == 0 ||
            memcmp(a->args, b->args, a->expr->args_count * sizeof(*a->args)) == 0);
}

static uint64_t node_hash(const struct weir_program_node *node)
{
    uint64_t hash = weir_expr_node_hash(node->expr);
    for (uint32_t i = 0; i < node->expr->args_count; i++)
        hash = weir_hash_mix(hash, node->args[i]);
    return hash;
}

/* The node equal to *node that group 0 or the current group computes, or else a new one. */
static uint32_t node_intern(struct compiler *compiler, struct weir_program_node *node)
{
    node->hash = node_hash(node);
    uint32_t at = (uint32_t)node->hash & compiler->slots_mask;
    for (; compiler->slots[at] != SLOT_EMPTY; at = (at + 1) & compiler->slots_mask) {
        const struct weir_program_node *other = &compiler->nodes[compiler->slots[at]];
        if ((other->group == 0 || other->group == compiler->group) && nodes_equal(other, node))
            return compiler->slots[at];
    }
    WEIR_ASSERT(compiler->nodes_count < compiler->nodes_capacity);
    bool nobodys = node->expr->kind == WEIR_EXPR_CONST || node->expr->kind == WEIR_EXPR_COLUMN;
    node->group = nobodys ? 0 : compiler->group;
    node->reg = WEIR_REGISTER_NONE;
    compiler->nodes[compiler->nodes_count] = *node;
    compiler->slots[at] = compiler->nodes_count;
    return compiler->nodes_count++;
}

static struct seen *seen_find(struct compiler *compiler, const struct weir_expr *expr)
{
    uint32_t at =
        (uint32_t)weir_hash_mix((uint64_t)(uintptr_t)expr, compiler->group) & compiler->seen_mask;
    while (compiler->seen[at].expr &&
           (compiler->seen[at].expr != expr || compiler->seen[at].group != compiler->group))
        at = (at + 1) & compiler->seen_mask;
    return &compiler->seen[at];
}

static enum weir_code expr_intern(struct compiler *compiler, const struct weir_expr *expr,
                                  uint32_t *ret, struct weir_error *err)
{
    const struct seen *seen = seen_find(compiler, expr);
    if (seen->expr) {
        *ret = seen->node;
        return WEIR_OK;
    }
    if (expr->kind == WEIR_EXPR_CALL && !expr->function->kernel)
        return weir_fail(err, WEIR_BUG, "function %s cannot be computed row by row",
                         expr->function->name);
    struct weir_program_node node = {.expr = expr};
    if (expr->args_count) {
        uint32_t *args = WEIR_NEW_ARRAY(compiler->arena, uint32_t, expr->args_count);
        if (!args)
            return weir_fail(err, WEIR_NOMEM, "out of memory for an expression");
        for (uint32_t i = 0; i < expr->args_count; i++) {
            WEIR_TRY(expr_intern(compiler, expr->args[i], &args[i], err));
            if (i < 32 && compiler->nodes[args[i]].expr->kind == WEIR_EXPR_CONST)
                node.constants |= 1u << i;
        }
        node.args = args;
    }
    *ret = node_intern(compiler, &node);
    *seen_find(compiler, expr) = (struct seen){expr, compiler->group, *ret};
    return WEIR_OK;
}

/* Tables for as many nodes as the trees have parts. A tree that shares pointers can be
 * exponentially larger than its DAG, so that counting gives up at a limit. */
static enum weir_code compiler_init(struct compiler *compiler,
                                    const struct weir_program_root *roots, uint32_t roots_count,
                                    struct weir_arena *arena, struct weir_error *err)
{
    enum { NODES_MAX = 1 << 18 };
    uint32_t count = 1;
    for (uint32_t i = 0; i < roots_count && count < NODES_MAX; i++)
        count += expr_count(roots[i].expr, NODES_MAX - count);
    if (count >= NODES_MAX)
        return weir_fail(err, WEIR_BAD_CONFIG,
                         "the statement's expressions are too large: over %d parts",
                         (int)NODES_MAX);
    uint32_t slots = 16;
    while (slots < count * 2)
        slots *= 2;
    *compiler = (struct compiler){.arena = arena, .nodes_capacity = count};
    compiler->nodes = WEIR_NEW_ARRAY(arena, struct weir_program_node, count);
    compiler->slots = WEIR_NEW_ARRAY(arena, uint32_t, slots);
    compiler->seen = WEIR_NEW_ARRAY(arena, struct seen, slots);
    if (!compiler->nodes || !compiler->slots || !compiler->seen)
        return weir_fail(err, WEIR_NOMEM, "out of memory for expressions of %u parts",
                         (unsigned)count);
    compiler->slots_mask = compiler->seen_mask = slots - 1;
    memset(compiler->slots, 0xff, slots * sizeof(*compiler->slots));
    return WEIR_OK;
}

/* ---- registers ---- */

struct allocator {
    size_t *widths; /* of each register */
    uint32_t count;
    uint32_t *next_free; /* by register: the next one of its free list */
    uint32_t free[4];    /* heads by width class */
};

static unsigned width_class(size_t width)
{
    return width == 1 ? 0 : width == 4 ? 1 : width == 8 ? 2 : 3;
}

static uint32_t register_take(struct allocator *allocator, size_t width)
{
    uint32_t *head = &allocator->free[width_class(width)];
    uint32_t reg = *head;
    if (reg != WEIR_REGISTER_NONE) {
        *head = allocator->next_free[reg];
        return reg;
    }
    allocator->widths[allocator->count] = width;
    return allocator->count++;
}

static void register_give_back(struct allocator *allocator, uint32_t reg)
{
    uint32_t *head = &allocator->free[width_class(allocator->widths[reg])];
    allocator->next_free[reg] = *head;
    *head = reg;
}

/* For each node the last node that reads it; UINT32_MAX: pinned. */
static void uses_find(const struct weir_program *program, uint32_t *last_use)
{
    for (uint32_t n = 0; n < program->nodes_count; n++) {
        const struct weir_program_node *node = &program->nodes[n];
        last_use[n] = n;
        for (uint32_t i = 0; i < node->expr->args_count; i++) {
            uint32_t arg = node->args[i];
            bool elsewhere = program->nodes[arg].group != node->group;
            if (elsewhere)
                last_use[arg] = UINT32_MAX;
            else if (last_use[arg] != UINT32_MAX)
                last_use[arg] = n;
        }
    }
    for (uint32_t i = 0; i < program->roots_count; i++)
        last_use[program->roots[i]] = UINT32_MAX;
}

static enum weir_code registers_assign(struct weir_program *program,
                                       struct weir_program_node *nodes, struct weir_arena *arena,
                                       struct weir_error *err)
{
    uint32_t count = program->nodes_count;
    uint32_t *last_use = WEIR_NEW_ARRAY(arena, uint32_t, count);
    struct allocator allocator = {
        .widths = WEIR_NEW_ARRAY(arena, size_t, count),
        .next_free = WEIR_NEW_ARRAY(arena, uint32_t, count),
    };
    if (!last_use || !allocator.widths || !allocator.next_free)
        return weir_fail(err, WEIR_NOMEM, "out of memory for the registers of a program");
    uses_find(program, last_use);
    for (uint32_t g = 0; g < program->groups_count; g++) {
        /* Groups do not share registers: their results live side by side. */
        memset(allocator.free, 0xff, sizeof(allocator.free));
        for (uint32_t s = 0; s < program->groups[g].steps_count; s++) {
            uint32_t n = program->groups[g].steps[s];
            struct weir_program_node *node = &nodes[n];
            node->reg = register_take(&allocator, weir_type_width(node->expr->type));
            for (uint32_t i = 0; i < node->expr->args_count; i++) {
                uint32_t arg = node->args[i];
                if (last_use[arg] == n && nodes[arg].reg != WEIR_REGISTER_NONE) {
                    register_give_back(&allocator, nodes[arg].reg);
                    last_use[arg] = UINT32_MAX; /* the same argument may come twice */
                }
            }
        }
    }
    program->register_widths = allocator.widths;
    program->registers_count = allocator.count;
    return WEIR_OK;
}

static enum weir_code groups_make(struct weir_program *program, struct weir_arena *arena,
                                  struct weir_error *err)
{
    struct weir_program_group *groups =
        WEIR_NEW_ARRAY(arena, struct weir_program_group, program->groups_count);
    uint32_t *steps = WEIR_NEW_ARRAY(arena, uint32_t, program->nodes_count);
    if (!groups || !steps)
        return weir_fail(err, WEIR_NOMEM, "out of memory for the steps of a program");
    for (uint32_t g = 0; g < program->groups_count; g++) {
        groups[g].steps = steps;
        for (uint32_t n = 0; n < program->nodes_count; n++) {
            enum weir_expr_kind kind = program->nodes[n].expr->kind;
            if (program->nodes[n].group == g && kind != WEIR_EXPR_CONST && kind != WEIR_EXPR_COLUMN)
                steps[groups[g].steps_count++] = n;
        }
        steps += groups[g].steps_count;
    }
    program->groups = groups;
    return WEIR_OK;
}

enum weir_code weir_program_compile(const struct weir_program_root *roots, uint32_t roots_count,
                                    uint32_t groups_count, struct weir_arena *arena,
                                    struct weir_program **ret, struct weir_error *err)
{
    struct compiler compiler;
    WEIR_TRY(compiler_init(&compiler, roots, roots_count, arena, err));
    struct weir_program *program = WEIR_NEW(arena, struct weir_program);
    uint32_t *nodes = WEIR_NEW_ARRAY(arena, uint32_t, roots_count ? roots_count : 1);
    if (!program || !nodes)
        return weir_fail(err, WEIR_NOMEM, "out of memory for a program");
    for (compiler.group = 0; compiler.group < groups_count; compiler.group++) {
        for (uint32_t i = 0; i < roots_count; i++) {
            if (roots[i].group == compiler.group)
                WEIR_TRY(expr_intern(&compiler, roots[i].expr, &nodes[i], err));
        }
    }
    *program = (struct weir_program){
        .nodes = compiler.nodes,
        .nodes_count = compiler.nodes_count,
        .roots = nodes,
        .roots_count = roots_count,
        .groups_count = groups_count,
    };
    for (uint32_t n = 0; n < program->nodes_count; n++) {
        if (program->nodes[n].expr->args_count > program->args_max)
            program->args_max = program->nodes[n].expr->args_count;
    }
    WEIR_TRY(groups_make(program, arena, err));
    WEIR_TRY(registers_assign(program, compiler.nodes, arena, err));
    *ret = program;
    return WEIR_OK;
}
