/* Filling errors. */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct weir_error *err, enum weir_code code, const char *format, va_list args)
{
    if (!err)
        return;
    err->code = code;
    err->sys_errno = 0;
    err->hint[0] = 0;
    vsnprintf(err->text, sizeof err->text, format, args);
}

enum weir_code weir_fail(struct weir_error *err, enum weir_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, code, format, args);
    va_end(args);
    return code;
}

enum weir_code weir_fail_errno(struct weir_error *err, enum weir_code code, const char *format, ...)
{
    int saved = errno;
    va_list args;
    va_start(args, format);
    fill(err, code, format, args);
    va_end(args);
    if (err) {
        size_t len = strlen(err->text);
        err->sys_errno = saved;
        snprintf(err->text + len, sizeof err->text - len, ": %s", strerror(saved));
    }
    return code;
}

enum weir_code weir_hint(struct weir_error *err, const char *format, ...)
{
    if (!err)
        return WEIR_BUG;
    va_list args;
    va_start(args, format);
    vsnprintf(err->hint, sizeof err->hint, format, args);
    va_end(args);
    return err->code;
}

enum weir_code weir_fail_in(struct weir_error *err, const char *format, ...)
{
    if (!err)
        return WEIR_BUG;
    char rest[sizeof err->text];
    va_list args;
    memcpy(rest, err->text, sizeof rest);
    va_start(args, format);
    int len = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    size_t at = len < 0 ? 0 : (size_t)len, room = at < sizeof err->text ? sizeof err->text - at : 0;
    size_t rest_len = strnlen(rest, sizeof rest - 1);
    if (room > 3) { /* what does not fit is cut at the end */
        rest_len = rest_len < room - 3 ? rest_len : room - 3;
        memcpy(err->text + at, ": ", 2);
        memcpy(err->text + at + 2, rest, rest_len);
        err->text[at + 2 + rest_len] = 0;
    }
    return err->code;
}

void weir_bug(const char *file, int line, const char *condition)
{
    fprintf(stderr, "weir: bug: %s:%d: %s\n", file, line, condition);
    abort();
}
