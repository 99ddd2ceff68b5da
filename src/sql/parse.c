/* libpg_query's quarantine: the only file that calls the parser.
 *
 * A file is cut into statements by the scanner, and each is parsed by itself, so that one syntax
 * error does not hide the others. The parser's trees are walked recursively by its own output
 * functions, by protobuf-c and by convert_*.c; so all of that runs on a thread with a large stack,
 * and a statement whose nesting could outgrow it is refused before: a tree is no deeper than there
 * are tokens that no comma separates, counted over the open parentheses. Source:
 * https://github.com/pganalyze/libpg_query (15). */
#include "sql/parse.h"

#include <pg_query.h>
#include <pthread.h>

#include "sql/convert.h"
#include "sql/token.h"

#define STACK_BYTES      ((size_t)256 << 20) /* reserved: pages come when touched */
#define CHAIN_TOKENS_MAX 8000                /* see above; some kilobytes of stack a token */
#define PARENS_MAX       1000

struct parse_job {
    const struct weir_sql_file *file;
    const struct weir_source_map *map;
    struct weir_problems *problems;
    struct weir_sql_statements *statements;
    enum weir_code code;
};

/* The parser counts characters from 1; NUL-terminated text. */
static int byte_of_cursor(const char *text, int cursor)
{
    int at = 0;
    for (int characters = 1; text[at] && characters < cursor; characters++)
        do
            at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80);
    return at;
}

/* See the head of the file. Returns the byte at which the statement is too deep, or -1. */
static int too_deep(struct weir_slice text)
{
    uint32_t chain[PARENS_MAX] = {0}, level = 0, total = 0;
    size_t at = 0;
    for (;;) {
        at += weir_sql_blank(weir_slice(text.ptr + at, text.len - at));
        size_t len = weir_sql_token(weir_slice(text.ptr + at, text.len - at));
        if (len == 0)
            return -1;
        char c = text.ptr[at];
        if (c == ',') {
            total -= chain[level];
            chain[level] = 0;
        } else if (c == ')' && level) {
            total -= chain[level--];
        } else {
            chain[level]++;
            total++;
            if (c == '(' && ++level < PARENS_MAX)
                chain[level] = 0;
        }
        if (level >= PARENS_MAX || total > CHAIN_TOKENS_MAX)
            return (int)at;
        at += len;
    }
}

static void statement_convert(struct parse_job *job, const PgQuery__ParseResult *tree, int base,
                              int location)
{
    struct weir_convert convert = {.pool = job->problems->pool,
                                   .problems = job->problems,
                                   .map = job->map,
                                   .base = base,
                                   .location = location};
    for (size_t i = 0; i < tree->n_stmts; i++) {
        struct weir_sql_statement statement = {.location = location};
        if (!tree->stmts[i]->stmt)
            continue;
        statement.broken = !weir_convert_statement(&convert, tree->stmts[i]->stmt, &statement);
        bool defines = statement.kind == WEIR_SQL_CREATE_SERVER ||
                       statement.kind == WEIR_SQL_CREATE_TABLE ||
                       statement.kind == WEIR_SQL_CREATE_VIEW;
        if (!statement.broken ||
            (defines && statement.name.text)) /* so that it is not reported as missing */
            *WEIR_PUSH(convert.pool, *job->statements) = statement;
    }
}

/* One statement at `at` of the file's text. The pool's way out of memory leads here first: the
 * parser's tree is not the pool's. */
static void statement_parse(struct parse_job *job, size_t at, size_t len)
{
    struct weir_slice rest = weir_slice(job->file->text.ptr + at, len);
    size_t blank = weir_sql_blank(rest);
    if (blank >= len)
        return;
    at += blank;
    len -= blank;
    int base = job->file->base + (int)at;
    int deep = too_deep(weir_slice(job->file->text.ptr + at, len));
    if (deep >= 0) {
        weir_problem(job->problems, base + deep, "the statement is nested too deeply");
        weir_problem_hint(job->problems, "move parts of it to views");
        return;
    }
    char *text = weir_pool_copy(job->problems->pool, weir_slice(job->file->text.ptr + at, len));
    PgQueryProtobufParseResult result = pg_query_parse_protobuf(text);
    PgQuery__ParseResult *volatile tree = NULL;
    if (result.error) {
        int cursor = result.error->cursorpos;
        weir_problem(job->problems, base + (cursor > 0 ? byte_of_cursor(text, cursor) : 0), "%s",
                     result.error->message);
    } else {
        tree = pg_query__parse_result__unpack(NULL, result.parse_tree.len,
                                              (const uint8_t *)result.parse_tree.data);
    }
    if (!result.error && !tree)
        job->code = WEIR_NOMEM;
    pg_query_free_protobuf_parse_result(result);
    if (!tree)
        return;
    jmp_buf outer;
    memcpy(outer, job->problems->pool->exhausted, sizeof outer);
    if (setjmp(job->problems->pool->exhausted) == 0)
        statement_convert(job, tree, base, base);
    else
        job->code = WEIR_NOMEM;
    memcpy(job->problems->pool->exhausted, outer, sizeof outer);
    pg_query__parse_result__free_unpacked(tree, NULL);
}

struct piece {
    size_t at, len;
};

/* Cuts the text; the pieces are in the arena, NULL when it is exhausted. Where the scanner fails (a
 * quote that is never closed), *ret_error is the place, and the pieces are those that end
 * before. */
static struct piece *text_split(struct parse_job *job, const char *text, int *ret_count,
                                int *ret_error)
{
    PgQuerySplitResult split = pg_query_split_with_scanner(text);
    struct piece *pieces = NULL;
    *ret_count = split.error ? 0 : split.n_stmts;
    *ret_error = -1;
    if (split.error) {
        *ret_error = split.error->cursorpos > 0 ? byte_of_cursor(text, split.error->cursorpos) : 0;
        weir_problem(job->problems, job->file->base + *ret_error, "%s", split.error->message);
    } else {
        pieces = weir_arena_calloc(job->problems->pool->arena, (size_t)split.n_stmts + 1,
                                   sizeof *pieces);
        for (int i = 0; pieces && i < split.n_stmts; i++)
            pieces[i] = (struct piece){(size_t)split.stmts[i]->stmt_location,
                                       (size_t)split.stmts[i]->stmt_len};
    }
    pg_query_free_split_result(split);
    return pieces;
}

static void text_parse(struct parse_job *job, struct weir_slice text)
{
    int count, error, again;
    char *copy = weir_pool_copy(job->problems->pool, text);
    struct piece *pieces = text_split(job, copy, &count, &error);
    if (error >= 0) {
        copy[error] = 0;
        pieces = text_split(job, copy, &count, &again);
        /* What leads up to the error is no statement of its own. */
        if (pieces && count && copy[pieces[count - 1].at + pieces[count - 1].len] != ';')
            count--;
    }
    if (count && !pieces)
        job->code = WEIR_NOMEM;
    for (int i = 0; i < count && job->code == WEIR_OK; i++)
        statement_parse(job, pieces[i].at,
                        pieces[i].len + (copy[pieces[i].at + pieces[i].len] == ';'));
    /* The scanner leaves out a last statement whose parentheses are not closed. */
    size_t end = count ? pieces[count - 1].at + pieces[count - 1].len : 0;
    end += copy[end] == ';';
    if (error < 0 && job->code == WEIR_OK)
        statement_parse(job, end, text.len - end);
}

/* The parser takes text that is UTF-8 and holds no zero byte. */
static bool text_is_good(struct parse_job *job, struct weir_slice text)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = weir_sql_character(weir_slice(text.ptr + at, text.len - at));
        if (len == 0 || text.ptr[at] == 0) {
            weir_problem(job->problems, job->file->base + (int)at,
                         "invalid byte sequence for encoding \"UTF8\": 0x%02x",
                         (unsigned char)text.ptr[at]);
            return false;
        }
        at += len;
    }
    return true;
}

static void *parse_thread(void *context)
{
    struct parse_job *job = context;
    if (setjmp(job->problems->pool->exhausted))
        job->code = WEIR_NOMEM;
    else if (text_is_good(job, job->file->text))
        text_parse(job, job->file->text);
    return NULL;
}

enum weir_code weir_sql_parse(const struct weir_sql_file *file, const struct weir_source_map *map,
                              struct weir_problems *problems, struct weir_sql_statements *ret,
                              struct weir_error *err)
{
    struct parse_job job = {.file = file, .map = map, .problems = problems, .statements = ret};
    jmp_buf outer;
    memcpy(outer, problems->pool->exhausted, sizeof outer);
    pthread_attr_t attr;
    pthread_t thread;
    int failed = pthread_attr_init(&attr);
    if (!failed) {
        failed = pthread_attr_setstacksize(&attr, STACK_BYTES);
        failed = failed ? failed : pthread_create(&thread, &attr, parse_thread, &job);
        pthread_attr_destroy(&attr);
    }
    if (failed)
        return weir_fail(err, WEIR_NOMEM, "could not start the parser: %s", strerror(failed));
    pthread_join(thread, NULL);
    memcpy(problems->pool->exhausted, outer, sizeof outer);
    if (job.code != WEIR_OK)
        return weir_fail(err, job.code, "out of memory while reading \"%s\"", file->name);
    return WEIR_OK;
}
