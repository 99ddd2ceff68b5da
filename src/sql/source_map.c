/* See source_map.h. Lines are counted when somebody asks: only messages do. */
#include "sql/source_map.h"

#include <string.h>
#include <strings.h>

#include "sql/secrets.h"
#include "sql/token.h"

const struct weir_sql_file *weir_source_map_add(struct weir_source_map *map, struct weir_pool *pool,
                                                const char *name, struct weir_slice text)
{
    size_t base = 0;
    if (map->files.count) {
        const struct weir_sql_file *last = &map->files.items[map->files.count - 1];
        base = (size_t)last->base + last->text.len + 1;
    }
    if (text.len > WEIR_SQL_BYTES_MAX || base + text.len > WEIR_SQL_BYTES_MAX)
        return NULL;
    struct weir_sql_file *file = WEIR_PUSH(pool, map->files);
    char *shown = weir_pool_copy(pool, text);
    weir_sql_blot_secrets(shown, text.len);
    *file = (struct weir_sql_file){.name = name, .text = text, .shown = shown, .base = (int)base};
    return file;
}

static const struct weir_sql_file *file_of(const struct weir_source_map *map, int location)
{
    for (uint32_t i = 0; location >= 0 && i < map->files.count; i++) {
        const struct weir_sql_file *file = &map->files.items[i];
        if (location >= file->base && (size_t)(location - file->base) <= file->text.len)
            return file;
    }
    return NULL;
}

bool weir_source_map_find(const struct weir_source_map *map, int location,
                          struct weir_sql_place *ret)
{
    const struct weir_sql_file *file = file_of(map, location);
    if (!file)
        return false;
    size_t at = (size_t)(location - file->base), start = 0;
    int line = 1, column = 1;
    for (size_t i = 0; i < at; i++)
        if (file->text.ptr[i] == '\n') {
            line++;
            start = i + 1;
        }
    for (size_t i = start; i < at; i++)
        column += ((unsigned char)file->text.ptr[i] & 0xc0) != 0x80;
    const char *end = memchr(file->text.ptr + start, '\n', file->text.len - start);
    size_t len = end ? (size_t)(end - file->text.ptr) - start : file->text.len - start;
    if (len && file->text.ptr[start + len - 1] == '\r' && at < start + len)
        len--;
    *ret = (struct weir_sql_place){.file = file->name,
                                   .line = line,
                                   .column = column,
                                   .text = weir_slice(file->shown + start, len),
                                   .blotted = at < file->text.len && file->text.ptr[at] == '\'' &&
                                              at + 1 < file->text.len &&
                                              file->text.ptr[at + 1] != file->shown[at + 1],
                                   .at = (uint32_t)(at - start)};
    return true;
}

int weir_source_map_name(const struct weir_source_map *map, int location, const char *keyword)
{
    const struct weir_sql_file *file = file_of(map, location);
    if (!file)
        return location;
    size_t at = (size_t)(location - file->base), keyword_len = strlen(keyword);
    bool found = false;
    for (;;) {
        at += weir_sql_blank(weir_slice(file->text.ptr + at, file->text.len - at));
        if (at >= file->text.len || file->text.ptr[at] == ';')
            return location;
        if (found)
            return file->base + (int)at;
        size_t len = weir_sql_token(weir_slice(file->text.ptr + at, file->text.len - at));
        found = len == keyword_len && strncasecmp(file->text.ptr + at, keyword, len) == 0;
        at += len;
    }
}
