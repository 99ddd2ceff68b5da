/* The JSON writer's loop, compiled once for each instruction set by json_portable.c and
 * json_avx2.c, which define first
 *
 *   char *copy(char *to, const char *from, size_t len)
 *       returns to + len; may write up to 31 bytes more
 *   bool copy_short(char *to, const char *from, size_t len)
 *       copies a text that is short and has nothing to escape; false says nothing; may write up
 *       to 32 bytes
 *   size_t copy_plain(char *to, const char *from, size_t len)
 *       copies up to the first byte that must be escaped; returns how many; may write up to 31
 *       bytes more
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
    if (__builtin_expect(copy_short(to, text.ptr, text.len), 1))
        return to + text.len;
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

static size_t row_bytes_max(const struct weir_json_writer *writer, uint32_t row)
{
    size_t bytes = writer->fixed_bytes;
    for (uint32_t i = 0; i < writer->columns_count; i++) {
        const struct weir_json_write_column *column = &writer->columns[i];
        if (is_valid(column, row))
            bytes += column->values[row].len * (column->quoted ? ESCAPED_BYTES_MAX : 1);
    }
    return bytes;
}

/* Of all rows to come; column by column, so that rows need not be looked at one by one. */
static size_t rows_bytes_max(const struct weir_json_writer *writer,
                             const struct weir_json_write_rows *rows)
{
    size_t bytes = (rows->count - rows->at) * writer->fixed_bytes;
    for (uint32_t i = 0; i < writer->columns_count; i++) {
        const struct weir_json_write_column *column = &writer->columns[i];
        size_t values_bytes = 0;
        for (uint32_t at = rows->at; at < rows->count; at++) {
            uint32_t row = rows->rows ? rows->rows[at] : at;
            values_bytes += is_valid(column, row) ? column->values[row].len : 0;
        }
        bytes += values_bytes * (column->quoted ? ESCAPED_BYTES_MAX : 1);
    }
    return bytes;
}

static inline char *write_row(const struct weir_json_writer *writer, uint32_t row, char *to)
{
    const struct weir_json_write_column *column = writer->columns,
                                        *columns_end = column + writer->columns_count;
    for (; column < columns_end; column++) {
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
    return copy(to, writer->tail.ptr, writer->tail.len);
}

static size_t write_rows(const struct weir_json_writer *writer, struct weir_json_write_rows *rows)
{
    char *to = rows->to;
    bool tight = (size_t)(rows->end - to) < rows_bytes_max(writer, rows);
    for (uint32_t at = rows->at; at < rows->count; at++) {
        uint32_t row = rows->rows ? rows->rows[at] : at;
        if (tight && (size_t)(rows->end - to) < row_bytes_max(writer, row)) {
            rows->to = to;
            rows->at = at;
            return row_bytes_max(writer, row);
        }
        char *start = to;
        to = write_row(writer, row, to);
        if (rows->lengths)
            rows->lengths[at] = (uint32_t)(to - start);
    }
    rows->to = to;
    rows->at = rows->count;
    return 0;
}
