/* The JSON writer's loop, compiled once for each instruction set by json_portable.c and json_avx2.c, which define first
 *
 *   char *copy(char *to, const char *from, size_t len)
 *       returns to + len; may write up to 31 bytes more
 *   size_t copy_plain(char *to, const char *from, size_t len)
 *       copies up to the first byte that must be escaped; returns how many; may write up to 31 bytes more
 *
 * Escapes are those of PostgreSQL's to_json: short ones where JSON has them, else \u00xx. */

enum { ESCAPED_BYTES_MAX = 6 };

static char *write_escape(char *to, char c)
{
    static const char shorts[] = "btn?fr"; /* of 8 .. 13; there is none for 11 */
    unsigned char byte = (unsigned char)c;
    *to++ = '\\';
    if (c == '"' || c == '\\') {
        *to++ = c;
    } else if (byte >= 8 && byte <= 13 && byte != 11) {
        *to++ = shorts[byte - 8];
    } else {
        memcpy(to, "u00", 3);
        to[3] = "01"[byte >> 4];
        to[4] = "0123456789abcdef"[byte & 15];
        to += 5;
    }
    return to;
}

static inline char *write_text(char *to, struct weir_slice text)
{
    size_t done = copy_plain(to, text.ptr, text.len);
    to += done;
    while (__builtin_expect(done < text.len, 0)) {
        to = write_escape(to, text.ptr[done++]);
        size_t more = copy_plain(to, text.ptr + done, text.len - done);
        done += more;
        to += more;
    }
    return to;
}

static inline bool is_valid(const struct weir_json_write_column *column, uint32_t row)
{
    return column->valid[row >> 6] >> (row & 63) & 1;
}

static inline size_t row_bytes_max(const struct weir_json_writer *writer, uint32_t row)
{
    size_t bytes = writer->fixed_bytes;
    for (uint32_t i = 0; i < writer->columns_count; i++) {
        const struct weir_json_write_column *column = &writer->columns[i];
        if (is_valid(column, row))
            bytes += column->values[row].len * (column->quoted ? ESCAPED_BYTES_MAX : 1);
    }
    return bytes;
}

static size_t write_rows(const struct weir_json_writer *writer, struct weir_json_write_rows *rows)
{
    char *to = rows->to;
    for (; rows->at < rows->count; rows->at++) {
        uint32_t row = rows->rows ? rows->rows[rows->at] : rows->at;
        char *start = to;
        size_t bytes_max = row_bytes_max(writer, row);
        if (__builtin_expect((size_t)(rows->end - to) < bytes_max, 0)) {
            rows->to = to;
            return bytes_max;
        }
        for (uint32_t i = 0; i < writer->columns_count; i++) {
            const struct weir_json_write_column *column = &writer->columns[i];
            to = copy(to, column->lead.ptr, column->lead.len);
            if (!is_valid(column, row)) {
                memcpy(to, "null", 4);
                to += 4;
            } else if (column->quoted) {
                *to++ = '"';
                to = write_text(to, column->values[row]);
                *to++ = '"';
            } else {
                to = copy(to, column->values[row].ptr, column->values[row].len);
            }
        }
        to = copy(to, writer->tail.ptr, writer->tail.len);
        if (rows->lengths)
            rows->lengths[rows->at] = (uint32_t)(to - start);
    }
    rows->to = to;
    return 0;
}
