/* The CSV kernels' loops, compiled once for each instruction set by csv_portable.c and csv_avx2.c,
 * which define first
 *
 *   uint64_t block_ends(const char *at, char delimiter, uint64_t *ret_odd)
 *       of 64 bytes, a bit for each delimiter or newline; *ret_odd: not 0 where a byte is NUL or
 *       outside ASCII
 *   const char *quote_end(const char *at, const char *end, char quote, size_t *newlines,
 *                         uint64_t *odd)
 *       the first quote, or any place >= end where there is none before `end`; counts newlines
 *       before it; sets *odd as above
 *   bool copy_clean(char *to, const char *from, size_t len, char delimiter, char quote)
 *       copies; false where the text needs quotes; may write up to 31 bytes more
 *   bool utf8_valid(const char *bytes, size_t len)
 *
 * The reader looks at 64 bytes at a time and keeps their delimiters and newlines as bits, so that
 * short fields cost a few instructions each. A quoted field is scanned for its quote, and the bits
 * are made anew behind it: quotes in unquoted fields mean nothing, so no parity can be carried over
 * blocks. */

struct block {
    const char *base;
    uint64_t ends; /* bit i: base[i] ends a field, and has not been passed */
    uint64_t odd;  /* not 0: the block has a byte that is NUL or outside ASCII */
};

static inline void block_load(struct block *block, const char *at, char delimiter)
{
    block->base = at;
    block->ends = block_ends(at, delimiter, &block->odd);
}

/* The delimiter or newline that ends an unquoted field, or `end`. */
static inline const char *unquoted_end(struct block *block, const char *end, char delimiter,
                                       uint64_t *odd)
{
    while (block->ends == 0) {
        if (block->base + 64 >= end)
            return end;
        block_load(block, block->base + 64, delimiter);
        *odd |= block->odd;
    }
    const char *at = block->base + __builtin_ctzll(block->ends);
    block->ends &= block->ends - 1;
    return at < end ? at : end;
}

struct record {
    const char *start;
    const char *stop; /* its newline, or `end` */
    size_t newlines;  /* in its fields */
    uint64_t odd;     /* not 0: look at its bytes */
    uint32_t fields;
};

static enum weir_csv_error quoted_field(const struct weir_csv_reader *reader, struct block *block,
                                        const struct weir_csv_lines *lines, const char *at,
                                        struct record *record, struct weir_slice *ret_span,
                                        uint8_t *ret_kind)
{
    const char *content = at + 1, *end = lines->end, *close = content;
    *ret_kind = WEIR_SPAN_QUOTED;
    for (;;) {
        close = quote_end(close, end, reader->quote, &record->newlines, &record->odd);
        if (close >= end)
            return lines->last ? WEIR_CSV_UNTERMINATED : WEIR_CSV_INCOMPLETE;
        if (close + 1 >= end || close[1] != reader->quote)
            break;
        *ret_kind = WEIR_SPAN_ESCAPED;
        close += 2;
    }
    *ret_span = weir_slice(content, (size_t)(close - content));
    const char *after = close + 1;
    if (after < end && *after == '\r') {
        after++;
        if (after < end && *after != '\n') {
            record->stop = after - 1;
            return WEIR_CSV_AFTER_QUOTE;
        }
    }
    record->stop = after < end ? after : end;
    if (after >= end)
        return lines->last ? WEIR_CSV_FINE : WEIR_CSV_INCOMPLETE;
    if (*after != reader->delimiter && *after != '\n')
        return WEIR_CSV_AFTER_QUOTE;
    block_load(block, after, reader->delimiter);
    block->ends &= block->ends - 1;
    record->odd |= block->odd;
    return WEIR_CSV_FINE;
}

/* From record->start to its end; spans of wanted fields go to `row`. */
static inline enum weir_csv_error read_fields(const struct weir_csv_reader *reader,
                                              struct block *block,
                                              const struct weir_csv_lines *lines,
                                              struct record *record, uint32_t row)
{
    const char *at = record->start, *end = lines->end;
    for (;;) {
        struct weir_slice span;
        uint8_t kind;
        if (at < end && *at == reader->quote) {
            enum weir_csv_error error =
                quoted_field(reader, block, lines, at, record, &span, &kind);
            if (error != WEIR_CSV_FINE)
                return error;
        } else {
            record->stop = unquoted_end(block, end, reader->delimiter, &record->odd);
            if (record->stop == end && !lines->last)
                return WEIR_CSV_INCOMPLETE;
            span = weir_slice(at, (size_t)(record->stop - at));
            if (span.len > 0 && at[span.len - 1] == '\r' && record->stop < end &&
                *record->stop == '\n')
                span.len--;
            kind = span.len ? WEIR_SPAN_TEXT : WEIR_SPAN_NULL;
        }
        if (record->fields < reader->fields_count) {
            uint32_t column = reader->field_columns[record->fields];
            if (column != WEIR_CSV_NOT_READ) {
                reader->columns[column].spans[row] = span;
                reader->columns[column].kinds[row] = kind;
            }
        }
        record->fields++;
        if (record->stop == end || *record->stop == '\n')
            return WEIR_CSV_FINE;
        at = record->stop + 1;
    }
}

static inline struct weir_slice record_bytes(const struct record *record)
{
    size_t len = (size_t)(record->stop - record->start);
    return weir_slice(record->start, len - (len > 0 && record->start[len - 1] == '\r'));
}

static bool record_is_text(const struct record *record)
{
    size_t len = (size_t)(record->stop - record->start);
    return utf8_valid(record->start, len) && !memchr(record->start, 0, len);
}

/* Where a record that went wrong ends; false: not within these bytes. */
static bool find_bad_end(const struct weir_csv_lines *lines, enum weir_csv_error error,
                         struct record *record)
{
    const char *newline = error == WEIR_CSV_UNTERMINATED
                              ? NULL
                              : memchr(record->stop, '\n', (size_t)(lines->end - record->stop));
    record->stop = newline ? newline : lines->end;
    return newline || lines->last;
}

static bool read_records(struct weir_csv_reader *reader, struct weir_csv_lines *lines)
{
    struct block block;
    const char *end = lines->end;
    if (lines->at >= end)
        return true;
    block_load(&block, lines->at, reader->delimiter);
    while (lines->row < lines->rows_max && lines->at < end) {
        struct record record = {.start = lines->at, .stop = lines->at, .odd = block.odd};
        enum weir_csv_error error = read_fields(reader, &block, lines, &record, lines->row);
        if (error == WEIR_CSV_FINE && record.fields != reader->fields_count) {
            error = WEIR_CSV_RAGGED;
            if (record.fields == 1 && record_bytes(&record).len == 0) { /* a blank line */
                lines->line_ends += record.stop < end;
                lines->at = record.stop < end ? record.stop + 1 : end;
                continue;
            }
        } else if (error == WEIR_CSV_FINE && record.odd && !record_is_text(&record)) {
            error = WEIR_CSV_BAD_BYTES;
        } else if (error == WEIR_CSV_AFTER_QUOTE || error == WEIR_CSV_UNTERMINATED) {
            reader->error_at = record.stop;
            if (!find_bad_end(lines, error, &record))
                error = WEIR_CSV_INCOMPLETE;
        }
        if (error == WEIR_CSV_INCOMPLETE)
            return true;
        if (reader->records)
            reader->records[lines->row] = record_bytes(&record);
        lines->line_ends += record.newlines + (record.stop < end);
        lines->at = record.stop < end ? record.stop + 1 : end;
        if (error != WEIR_CSV_FINE) {
            reader->error = error;
            reader->fields_seen = record.fields;
            reader->bad_record = record_bytes(&record);
            return false;
        }
        lines->row++;
    }
    return true;
}

static char *write_quoted(char *to, struct weir_slice text, char quote)
{
    *to++ = quote;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == quote)
            *to++ = quote;
        *to++ = text.ptr[i];
    }
    *to++ = quote;
    return to;
}

static inline char *write_field(const struct weir_csv_writer *writer, char *to,
                                struct weir_slice text)
{
    if (copy_clean(to, text.ptr, text.len, writer->delimiter, writer->quote) &&
        !weir_slice_equal(text, writer->null_text))
        return to + text.len;
    return write_quoted(to, text, writer->quote);
}

static inline bool is_valid(const struct weir_csv_write_column *column, uint32_t row)
{
    return column->valid[row >> 6] >> (row & 63) & 1;
}

static inline size_t row_bytes_max(const struct weir_csv_writer *writer, uint32_t row)
{
    size_t bytes = writer->columns_count * (writer->null_text.len + 3) + 1;
    for (uint32_t i = 0; i < writer->columns_count; i++)
        if (is_valid(&writer->columns[i], row))
            bytes += 2 * writer->columns[i].values[row].len;
    return bytes;
}

static size_t write_records(const struct weir_csv_writer *writer, struct weir_csv_write_rows *rows)
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
            const struct weir_csv_write_column *column = &writer->columns[i];
            if (i > 0)
                *to++ = writer->delimiter;
            struct weir_slice value =
                is_valid(column, row) ? column->values[row] : writer->null_text;
            if (column->text && is_valid(column, row)) {
                to = write_field(writer, to, value);
            } else {
                memcpy(to, value.ptr, value.len);
                to += value.len;
            }
        }
        if (writer->framed)
            *to++ = '\n';
        if (rows->lengths)
            rows->lengths[rows->at] = (uint32_t)(to - start);
    }
    rows->to = to;
    return 0;
}
