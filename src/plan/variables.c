/* ${NAME}, ${NAME:-default} and ${file:PATH} inside option values, and only there. Defaults and
 * paths may hold ${..} again; what a variable or a file says is taken as it is. A variable that is
 * set to nothing counts as unset, as in a shell. */
#include "plan/binder.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/env.h"

#define FILL_DEPTH_MAX 20
#define FILE_BYTES_MAX 65536 /* of a ${file:..}: passwords and tokens are small */

const char *weir_variable_find(const struct weir_binder *binder, const char *name)
{
    size_t len = strlen(name);
    for (uint32_t i = binder->input->variables_count; i > 0; i--) {
        const char *variable = binder->input->variables[i - 1];
        if (strncmp(variable, name, len) == 0 && variable[len] == '=')
            return variable + len + 1;
    }
    const char *value = getenv(name);
    if (!value && strcmp(name, "WEIR_SHARE") == 0)
        value = binder->input->share_dir;
    return value;
}

struct fill {
    struct weir_binder *binder;
    int location, depth;
    struct WEIR_LIST(char) out;
};

static void put(struct fill *fill, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        *WEIR_PUSH(fill->binder->pool, fill->out) = text[i];
}

static const char *fill_text(struct weir_binder *binder, int location, struct weir_slice text,
                             int depth);

static bool put_file(struct fill *fill, struct weir_slice path_text)
{
    const char *path = fill_text(fill->binder, fill->location, path_text, fill->depth + 1);
    char *bytes;
    size_t len;
    struct weir_error err;
    if (!path)
        return false;
    if (weir_file_read_all(path, FILE_BYTES_MAX, &bytes, &len, &err) != WEIR_OK) {
        weir_problem_error(fill->binder->problems, fill->location, &err);
        return false;
    }
    char *copy = weir_arena_copy(fill->binder->pool->arena, weir_slice(bytes, len));
    free(bytes);
    if (!copy)
        longjmp(fill->binder->pool->exhausted, 1);
    while (len && (copy[len - 1] == '\n' || copy[len - 1] == '\r'))
        len--;
    if (memchr(copy, 0, len)) {
        weir_problem(fill->binder->problems, fill->location, "\"%s\" holds a zero byte", path);
        return false;
    }
    put(fill, copy, len);
    return true;
}

/* What stands between ${ and }. */
static bool put_reference(struct fill *fill, struct weir_slice inside)
{
    struct weir_problems *problems = fill->binder->problems;
    if (inside.len >= 5 && memcmp(inside.ptr, "file:", 5) == 0)
        return put_file(fill, weir_slice(inside.ptr + 5, inside.len - 5));
    size_t len = 0;
    while (len < inside.len && (isalnum((unsigned char)inside.ptr[len]) || inside.ptr[len] == '_'))
        len++;
    bool has_default = inside.len >= len + 2 && memcmp(inside.ptr + len, ":-", 2) == 0;
    if (len == 0 || isdigit((unsigned char)inside.ptr[0]) || (len < inside.len && !has_default)) {
        weir_problem(problems, fill->location, "\"${%.*s}\" is no variable", WEIR_FMT(inside));
        weir_problem_hint(problems, "write ${NAME}, ${NAME:-default} or ${file:PATH}");
        return false;
    }
    const char *name = weir_pool_copy(fill->binder->pool, weir_slice(inside.ptr, len));
    const char *value = weir_variable_find(fill->binder, name);
    if (has_default && (!value || !*value))
        value = fill_text(fill->binder, fill->location,
                          weir_slice(inside.ptr + len + 2, inside.len - len - 2), fill->depth + 1);
    else if (!value) {
        weir_problem(problems, fill->location, "variable \"%s\" is not set", name);
        weir_problem_hint(problems,
                          "give it with -v %s=VALUE or in the environment, or write ${%s:-default}",
                          name, name);
    }
    if (value)
        put(fill, value, strlen(value));
    return value != NULL;
}

/* The bytes up to the } that closes the ${ before `text`; SIZE_MAX: there is none. */
static size_t reference_len(struct weir_slice text)
{
    int depth = 1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '}' && --depth == 0)
            return i;
        if (text.ptr[i] == '$' && i + 1 < text.len && text.ptr[i + 1] == '{')
            depth++;
    }
    return SIZE_MAX;
}

static const char *fill_text(struct weir_binder *binder, int location, struct weir_slice text,
                             int depth)
{
    struct fill fill = {.binder = binder, .location = location, .depth = depth};
    bool ok = depth <= FILL_DEPTH_MAX;
    if (!ok)
        weir_problem(binder->problems, location, "${..} is nested too deeply");
    for (size_t i = 0; ok && i < text.len; i++) {
        if (text.ptr[i] != '$' || i + 1 >= text.len || text.ptr[i + 1] != '{') {
            put(&fill, text.ptr + i, 1);
            continue;
        }
        size_t len = reference_len(weir_slice(text.ptr + i + 2, text.len - i - 2));
        if (len == SIZE_MAX) {
            weir_problem(binder->problems, location, "\"${\" without \"}\" in the option's value");
            return NULL;
        }
        ok = put_reference(&fill, weir_slice(text.ptr + i + 2, len));
        i += len + 2;
    }
    put(&fill, "", 1);
    return ok ? fill.out.items : NULL;
}

const char *weir_option_fill(struct weir_binder *binder, int location, const char *text)
{
    return fill_text(binder, location, weir_slice_of(text), 0);
}
