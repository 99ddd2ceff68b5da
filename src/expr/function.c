/* Finding the function, operator or cast that an expression means, as PostgreSQL does.
 *
 * Resolution follows func_select_candidate: an exact match; else the candidates that implicit casts
 * can reach, narrowed by the number of exact matches, by preferred types, and by what the unknown
 * literals can be. Our types are a subset of PostgreSQL's, so the rules about domains and about
 * types that we lack have nothing to do here. Source: PostgreSQL 15, chapter 10 (Type
 * Conversion). */
#include "expr/function.h"

#include <stdio.h>

#include "base/buffer.h"
#include "base/options.h"
#include "expr/catalogue.h"

const struct weir_function *const weir_functions[] = {
    weir_compare_functions, weir_integer_functions,    weir_float_functions,
    weir_numeric_functions, weir_string_functions,     weir_string_build_functions,
    weir_case_functions,    weir_trim_functions,       weir_concat_functions,
    weir_like_functions,    weir_binary_functions,     weir_datetime_functions,
    weir_json_functions,    weir_json_build_functions, weir_conditional_functions,
    weir_cast_functions,    weir_aggregate_functions,  NULL,
};

/* No name has more entries than this; the catalogue's test counts them. */
#define CANDIDATES_MAX 64

struct candidates {
    const struct weir_function *entries[CANDIDATES_MAX];
    uint32_t count;
};

/* ---- what the types are to each other ---- */

static char type_category(enum weir_type type)
{
    switch (type) {
    case WEIR_BOOL:
        return 'B';
    case WEIR_INT4:
    case WEIR_INT8:
    case WEIR_FLOAT8:
    case WEIR_NUMERIC:
        return 'N';
    case WEIR_TEXT:
        return 'S';
    case WEIR_DATE:
    case WEIR_TIMESTAMPTZ:
        return 'D';
    case WEIR_UNKNOWN:
        return 'X';
    default:
        return 'U';
    }
}

static bool type_preferred(enum weir_type type)
{
    return type == WEIR_BOOL || type == WEIR_FLOAT8 || type == WEIR_TEXT ||
           type == WEIR_TIMESTAMPTZ;
}

static bool type_reaches(enum weir_type from, enum weir_type to)
{
    return from == to || from == WEIR_UNKNOWN || to == WEIR_UNKNOWN ||
           weir_cast_find(from, to, WEIR_CAST_IMPLICIT) != NULL;
}

const struct weir_function *weir_cast_find(enum weir_type from, enum weir_type to,
                                           enum weir_cast_context context)
{
    if (from == WEIR_UNKNOWN) {
        from = WEIR_TEXT;
        context = WEIR_CAST_EXPLICIT;
    }
    for (const struct weir_function *cast = weir_cast_functions; cast->name; cast++) {
        if (cast->args[0] == from && cast->result == to)
            return cast->cast_context >= context ? cast : NULL;
    }
    return NULL;
}

bool weir_type_common(const enum weir_type *types, uint32_t count, enum weir_type *ret)
{
    enum weir_type common = WEIR_UNKNOWN;
    for (uint32_t i = 0; i < count; i++) {
        if (types[i] == WEIR_UNKNOWN || types[i] == common)
            continue;
        if (common == WEIR_UNKNOWN)
            common = types[i];
        else if (type_category(types[i]) != type_category(common))
            return false;
        else if (!type_preferred(common) && type_reaches(common, types[i]) &&
                 !type_reaches(types[i], common))
            common = types[i];
    }
    if (common == WEIR_UNKNOWN)
        common = WEIR_TEXT;
    for (uint32_t i = 0; i < count; i++) {
        if (!type_reaches(types[i], common))
            return false;
    }
    *ret = common;
    return true;
}

/* ---- candidates ---- */

/* The type of parameter i in a call; a variadic function's last one repeats. */
static enum weir_type parameter(const struct weir_function *entry, uint32_t i)
{
    WEIR_ASSERT(entry->args_count > 0);
    return entry->args[i < entry->args_count ? i : entry->args_count - 1u];
}

static bool takes_count(const struct weir_function *entry, uint32_t count)
{
    return entry->variadic ? count >= entry->args_count : count == entry->args_count;
}

static bool candidates_gather(struct candidates *candidates, enum weir_function_kind kind,
                              const char *name, uint32_t count)
{
    bool named = false;
    WEIR_FOR_FUNCTIONS(entry)
    {
        bool fits = entry->kind == kind || (kind == WEIR_FUNCTION && entry->kind == WEIR_AGGREGATE);
        if (!fits || strcmp(entry->name, name) != 0)
            continue;
        named = true;
        if (takes_count(entry, count) && candidates->count < CANDIDATES_MAX)
            candidates->entries[candidates->count++] = entry;
    }
    return named;
}

static const struct weir_function *exact_find(const struct candidates *candidates,
                                              const enum weir_type *types, uint32_t count)
{
    for (uint32_t c = 0; c < candidates->count; c++) {
        uint32_t same = 0;
        while (same < count && parameter(candidates->entries[c], same) == types[same] &&
               types[same] != WEIR_UNKNOWN)
            same++;
        if (same == count)
            return candidates->entries[c];
    }
    return NULL;
}

static void keep_reachable(struct candidates *candidates, const enum weir_type *types,
                           uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t c = 0; c < candidates->count; c++) {
        uint32_t reached = 0;
        while (reached < count &&
               type_reaches(types[reached], parameter(candidates->entries[c], reached)))
            reached++;
        if (reached == count)
            candidates->entries[kept++] = candidates->entries[c];
    }
    candidates->count = kept;
}

/* Keeps the candidates with the most arguments that match exactly or, with `preferred`, also by a
 * preferred type. */
static void keep_best(struct candidates *candidates, const enum weir_type *types, uint32_t count,
                      bool preferred)
{
    uint32_t kept = 0, best = 0;
    for (uint32_t c = 0; c < candidates->count; c++) {
        uint32_t matches = 0;
        for (uint32_t i = 0; i < count; i++) {
            enum weir_type type = parameter(candidates->entries[c], i);
            if (types[i] != WEIR_UNKNOWN && type != WEIR_UNKNOWN)
                matches += type == types[i] || (preferred && type_preferred(type) &&
                                                type_category(type) == type_category(types[i]));
        }
        if (matches > best || c == 0) {
            best = matches;
            kept = 0;
        }
        if (matches == best)
            candidates->entries[kept++] = candidates->entries[c];
    }
    candidates->count = kept;
}

/* The category that unknown argument i must be of, given the candidates: string wherever one takes
 * it, else the one on which all agree; 0 where they do not. *ret_preferred: a candidate takes the
 * category's preferred type. */
static char unknown_category(const struct candidates *candidates, uint32_t i, bool *ret_preferred)
{
    char category = 0;
    bool conflict = false;
    *ret_preferred = false;
    for (uint32_t c = 0; c < candidates->count; c++) {
        enum weir_type type = parameter(candidates->entries[c], i);
        char own = type_category(type);
        if (category == 0) {
            category = own;
            *ret_preferred = type_preferred(type);
        } else if (own == category) {
            *ret_preferred |= type_preferred(type);
        } else if (own == 'S') {
            category = own;
            conflict = false;
            *ret_preferred = type_preferred(type);
        } else if (category != 'S') {
            conflict = true;
        }
    }
    return conflict ? 0 : category;
}

/* Keeps the candidates whose parameters at the unknown arguments are of the category chosen
 * there. */
static void keep_by_category(struct candidates *candidates, const enum weir_type *types,
                             uint32_t count)
{
    struct candidates before = *candidates;
    uint32_t kept = 0;
    for (uint32_t c = 0; c < before.count; c++) {
        bool keep = true;
        for (uint32_t i = 0; i < count && keep; i++) {
            if (types[i] != WEIR_UNKNOWN)
                continue;
            bool preferred;
            char category = unknown_category(&before, i, &preferred);
            if (!category)
                return; /* this rule cannot tell them apart */
            enum weir_type type = parameter(before.entries[c], i);
            keep = type_category(type) == category && (!preferred || type_preferred(type));
        }
        if (keep)
            candidates->entries[kept++] = before.entries[c];
    }
    if (kept)
        candidates->count = kept;
    else
        *candidates = before;
}

/* Where all known arguments are of one type, the unknown ones may be too. */
static const struct weir_function *assume_same_type(const struct candidates *candidates,
                                                    const enum weir_type *types, uint32_t count)
{
    enum weir_type known = WEIR_UNKNOWN;
    for (uint32_t i = 0; i < count; i++) {
        if (types[i] == WEIR_UNKNOWN)
            continue;
        if (known != WEIR_UNKNOWN && types[i] != known)
            return NULL;
        known = types[i];
    }
    const struct weir_function *found = NULL;
    for (uint32_t c = 0; c < candidates->count && known != WEIR_UNKNOWN; c++) {
        uint32_t reached = 0;
        while (reached < count && type_reaches(known, parameter(candidates->entries[c], reached)))
            reached++;
        if (reached < count)
            continue;
        if (found)
            return NULL;
        found = candidates->entries[c];
    }
    return found;
}

static const struct weir_function *select_best(struct candidates *candidates,
                                               const enum weir_type *types, uint32_t count)
{
    keep_reachable(candidates, types, count);
    if (candidates->count > 1)
        keep_best(candidates, types, count, false);
    if (candidates->count > 1)
        keep_best(candidates, types, count, true);
    if (candidates->count > 1)
        keep_by_category(candidates, types, count);
    if (candidates->count > 1) {
        const struct weir_function *found = assume_same_type(candidates, types, count);
        if (found)
            return found;
    }
    return candidates->count == 1 ? candidates->entries[0] : NULL;
}

/* greatest and least take their arguments at the common type, as CASE does (10.5). */
static bool takes_common_type(enum weir_function_kind kind, const char *name)
{
    return kind == WEIR_FUNCTION && (strcmp(name, "greatest") == 0 || strcmp(name, "least") == 0);
}

static const struct weir_function *common_find(const struct candidates *candidates,
                                               const enum weir_type *types, uint32_t count)
{
    enum weir_type common;
    if (!weir_type_common(types, count, &common))
        return NULL;
    for (uint32_t c = 0; c < candidates->count; c++) {
        if (candidates->entries[c]->args[0] == common)
            return candidates->entries[c];
    }
    return NULL;
}

/* ---- errors ---- */

static void signature_print(enum weir_function_kind kind, const char *name,
                            const enum weir_type *types, uint32_t count, char *to, size_t size)
{
    size_t len = 0;
#define APPEND(...) len += (size_t)snprintf(to + len, len < size ? size - len : 0, __VA_ARGS__)
    if (kind == WEIR_OPERATOR && count == 1)
        APPEND("%s %s", name, weir_type_name(types[0]));
    else if (kind == WEIR_OPERATOR)
        APPEND("%s %s %s", weir_type_name(types[0]), name, weir_type_name(types[1]));
    else {
        APPEND("%s(", name);
        for (uint32_t i = 0; i < count && len < size; i++)
            APPEND("%s%s", i ? ", " : "", weir_type_name(types[i]));
        if (len < size)
            APPEND(")");
    }
#undef APPEND
}

/* A known function's name near to `name`; NULL: none. */
static const char *name_near(const char *name)
{
    const char *names[1024];
    size_t count = 0;
    WEIR_FOR_FUNCTIONS(entry)
    {
        bool again = count && strcmp(names[count - 1], entry->name) == 0;
        if ((entry->kind == WEIR_FUNCTION || entry->kind == WEIR_AGGREGATE) && !again &&
            count < 1024)
            names[count++] = entry->name;
    }
    return weir_did_you_mean(name, names, count);
}

static enum weir_code fail_common_type(const char *name, const enum weir_type *types,
                                       uint32_t count, struct weir_error *err)
{
    /* The message names the first type that does not fit and the common type of those before it. */
    enum weir_type common = WEIR_UNKNOWN, before = WEIR_UNKNOWN;
    uint32_t fitting = 1;
    while (fitting < count && weir_type_common(types, fitting + 1, &common))
        fitting++;
    WEIR_IGNORE(weir_type_common(types, fitting, &before), "one type always matches itself");
    return weir_fail(err, WEIR_BAD_CONFIG, "%s types %s and %s cannot be matched",
                     strcmp(name, "greatest") == 0 ? "GREATEST" : "LEAST", weir_type_name(before),
                     weir_type_name(types[fitting < count ? fitting : count - 1]));
}

static enum weir_code fail_not_found(enum weir_function_kind kind, const char *name, bool named,
                                     bool ambiguous, const enum weir_type *types, uint32_t count,
                                     struct weir_error *err)
{
    char signature[512];
    signature_print(kind, name, types, count, signature, sizeof(signature));
    const char *noun = kind == WEIR_OPERATOR ? "operator" : "function";
    if (ambiguous) {
        WEIR_IGNORE(
            weir_fail(err, WEIR_BAD_CONFIG,
                      kind == WEIR_OPERATOR ? "%s is not unique: %s" : "%s %s is not unique", noun,
                      signature),
            "the code is returned below");
        return weir_hint(
            err, "Could not choose a best candidate %s. You might need to add explicit type casts.",
            noun);
    }
    WEIR_IGNORE(weir_fail(err, WEIR_BAD_CONFIG,
                          kind == WEIR_OPERATOR ? "%s does not exist: %s" : "%s %s does not exist",
                          noun, signature),
                "the code is returned below");
    const char *near = named || kind == WEIR_OPERATOR ? NULL : name_near(name);
    if (near)
        return weir_hint(err, "did you mean \"%s\"?", near);
    if (kind == WEIR_OPERATOR && count == 1)
        return weir_hint(err, "No operator matches the given name and argument type. You might "
                              "need to add an explicit "
                              "type cast.");
    return weir_hint(err,
                     "No %s matches the given name and argument types. You might need to add "
                     "explicit type casts.",
                     noun);
}

enum weir_code weir_function_resolve(enum weir_function_kind kind, const char *name,
                                     const enum weir_type *types, uint32_t types_count,
                                     const struct weir_function **ret, struct weir_error *err)
{
    struct candidates candidates = {.count = 0};
    bool named = candidates_gather(&candidates, kind, name, types_count);
    const struct weir_function *found = exact_find(&candidates, types, types_count);
    if (!found && kind == WEIR_OPERATOR && types_count == 2 && types[0] != types[1]) {
        /* An operator with one unknown side: it is first taken to be of the other side's type. */
        enum weir_type known = types[0] == WEIR_UNKNOWN ? types[1] : types[0];
        enum weir_type both[2] = {known, known};
        if (types[0] == WEIR_UNKNOWN || types[1] == WEIR_UNKNOWN)
            found = exact_find(&candidates, both, 2);
    }
    enum weir_type named_type;
    if (!found && kind == WEIR_FUNCTION && types_count == 1 && weir_type_by_name(name, &named_type))
        found =
            weir_cast_find(types[0], named_type, WEIR_CAST_EXPLICIT); /* text(x) means x::text */
    if (!found && takes_common_type(kind, name))
        found = common_find(&candidates, types, types_count);
    else if (!found)
        found = select_best(&candidates, types, types_count);
    if (!found && types_count && takes_common_type(kind, name))
        return fail_common_type(name, types, types_count, err);
    if (!found)
        return fail_not_found(kind, name, named, candidates.count > 1, types, types_count, err);
    *ret = found;
    return WEIR_OK;
}
