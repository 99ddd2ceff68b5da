/* The steps that decide which operand counts: AND, OR, NOT, IS NULL, IS TRUE, CASE, COALESCE, and
 * the row filter.
 *
 * All operands have been computed for all rows; PostgreSQL would have stopped at the first that
 * decides. So a row's errors count only while the row is undecided: `1/0 = 1` behind a false
 * operand of AND is dropped, before it, it is the result. Work goes by words of 64 rows: truth as
 * bits, and loops over single rows only where values are copied or errors exist. Source: PostgreSQL
 * 15, chapters 4.2.14 and 9.1. */
#include "expr/program.h"

uint64_t weir_rows_word(uint32_t word, uint32_t rows)
{
    uint32_t left = rows - word * 64;
    return left >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;
}

uint64_t weir_bool_word(const struct weir_vector *vector, uint32_t word, uint32_t rows)
{
    const uint8_t *from = vector->b + (size_t)word * 64;
    uint32_t left = rows - word * 64 < 64 ? rows - word * 64 : 64;
    uint64_t bits = 0;
    uint32_t row = 0;
    for (; row + 8 <= left; row += 8) {
        uint64_t bytes;
        memcpy(&bytes, from + row, 8);
        /* Bit 0 of each byte to one byte: the multiplication lines them up in the top byte without
         * a carry. */
        bits |= ((bytes & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >> 56)
                << row;
    }
    for (; row < left; row++)
        bits |= (uint64_t)(from[row] & 1) << row;
    return bits;
}

static void bool_word_write(struct weir_vector *out, uint32_t word, uint64_t bits)
{
    uint8_t *to = out->b + (size_t)word * 64; /* registers hold whole words of rows */
    for (uint32_t row = 0; row < 64; row += 8) {
        /* One byte to bit 0 of each of eight: copy it eight times, keep bit i of byte i, and test
         * for not zero. */
        uint64_t byte = bits >> row & 0xff;
        uint64_t kept = byte * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
        uint64_t bytes =
            (((kept & UINT64_C(0x7f7f7f7f7f7f7f7f)) + UINT64_C(0x7f7f7f7f7f7f7f7f)) | kept) >> 7 &
            UINT64_C(0x0101010101010101);
        memcpy(to + row, &bytes, 8);
    }
}

/* Gives the rows of `mask` that failed in `from` its errors in out; returns them. */
static uint64_t errors_take(struct weir_eval *eval, const struct weir_vector *from, uint32_t word,
                            uint64_t mask, struct weir_vector *out)
{
    if (!from->errors)
        return 0;
    uint64_t failed = 0;
    for (uint64_t left = mask & ~from->valid[word]; left; left &= left - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzll(left), row = word * 64 + bit;
        if (!from->errors[row].ptr)
            continue;
        if (!out->errors)
            out->errors = WEIR_NEW_ARRAY(eval->arena, struct weir_slice, eval->rows);
        if (!out->errors) {
            eval->exhausted = true;
            return failed;
        }
        out->errors[row] = from->errors[row];
        failed |= UINT64_C(1) << bit;
    }
    return failed;
}

/* AND decides on false, OR on true: `decides` is the mask that turns truth bits into deciding
 * bits. */
static void connect(struct weir_eval *eval, const struct weir_vector *const *args,
                    uint32_t args_count, struct weir_vector *out, uint64_t decides)
{
    for (uint32_t word = 0; word < weir_valid_words(eval->rows); word++) {
        uint64_t all = weir_rows_word(word, eval->rows);
        uint64_t decided = 0, failed = 0, known = all;
        for (uint32_t i = 0; i < args_count; i++) {
            failed |= errors_take(eval, args[i], word, all & ~decided & ~failed, out);
            uint64_t truth = weir_bool_word(args[i], word, eval->rows);
            decided |= args[i]->valid[word] & (truth ^ decides) & all & ~failed;
            known &= args[i]->valid[word];
        }
        out->valid[word] = (decided | known) & ~failed;
        bool_word_write(out, word, (decided ^ decides) & all);
    }
}

void weir_logic_and(struct weir_eval *eval, const struct weir_vector *const *args,
                    uint32_t args_count, struct weir_vector *out)
{
    connect(eval, args, args_count, out, ~UINT64_C(0));
}

void weir_logic_or(struct weir_eval *eval, const struct weir_vector *const *args,
                   uint32_t args_count, struct weir_vector *out)
{
    connect(eval, args, args_count, out, 0);
}

void weir_logic_not(struct weir_eval *eval, const struct weir_vector *const *args,
                    uint32_t args_count, struct weir_vector *out)
{
    (void)args_count;
    for (uint32_t word = 0; word < weir_valid_words(eval->rows); word++) {
        uint64_t all = weir_rows_word(word, eval->rows);
        errors_take(eval, args[0], word, all, out);
        out->valid[word] = args[0]->valid[word];
        bool_word_write(out, word, ~weir_bool_word(args[0], word, eval->rows) & all);
    }
}

void weir_logic_is_null(struct weir_eval *eval, const struct weir_vector *const *args,
                        uint32_t args_count, struct weir_vector *out)
{
    (void)args_count;
    for (uint32_t word = 0; word < weir_valid_words(eval->rows); word++) {
        uint64_t all = weir_rows_word(word, eval->rows);
        out->valid[word] = ~errors_take(eval, args[0], word, all, out);
        bool_word_write(out, word, ~args[0]->valid[word] & all);
    }
}

void weir_logic_is_true(struct weir_eval *eval, const struct weir_vector *const *args,
                        uint32_t args_count, struct weir_vector *out)
{
    (void)args_count;
    for (uint32_t word = 0; word < weir_valid_words(eval->rows); word++) {
        uint64_t all = weir_rows_word(word, eval->rows);
        out->valid[word] = ~errors_take(eval, args[0], word, all, out);
        bool_word_write(out, word,
                        weir_bool_word(args[0], word, eval->rows) & args[0]->valid[word] & all);
    }
}

#define COPY_ROWS(field)                                                                           \
    for (uint64_t left = mask; left; left &= left - 1) {                                           \
        uint32_t row = word * 64 + (uint32_t)__builtin_ctzll(left);                                \
        out->field[row] = from->field[row];                                                        \
    }

/* Gives out the values, NULLs and errors that `from` has in the rows of `mask`. */
static void rows_take(struct weir_eval *eval, const struct weir_vector *from, uint32_t word,
                      uint64_t mask, struct weir_vector *out)
{
    if (!mask)
        return;
    errors_take(eval, from, word, mask, out);
    out->valid[word] = (out->valid[word] & ~mask) | (from->valid[word] & mask);
    switch (weir_type_width(out->type)) {
    case sizeof(uint8_t):
        COPY_ROWS(b)
        break;
    case sizeof(int32_t):
        COPY_ROWS(i4)
        break;
    case sizeof(int64_t):
        COPY_ROWS(i8)
        break;
    default:
        COPY_ROWS(s)
    }
}

void weir_logic_case(struct weir_eval *eval, const struct weir_vector *const *args,
                     uint32_t args_count, struct weir_vector *out)
{
    for (uint32_t word = 0; word < weir_valid_words(eval->rows); word++) {
        uint64_t open = weir_rows_word(word, eval->rows);
        out->valid[word] = 0;
        for (uint32_t i = 0; i + 1 < args_count && open; i += 2) {
            open &= ~errors_take(eval, args[i], word, open, out);
            uint64_t taken =
                weir_bool_word(args[i], word, eval->rows) & args[i]->valid[word] & open;
            rows_take(eval, args[i + 1], word, taken, out);
            open &= ~taken;
        }
        rows_take(eval, args[args_count - 1], word, open, out);
    }
}

void weir_logic_coalesce(struct weir_eval *eval, const struct weir_vector *const *args,
                         uint32_t args_count, struct weir_vector *out)
{
    for (uint32_t word = 0; word < weir_valid_words(eval->rows); word++) {
        uint64_t open = weir_rows_word(word, eval->rows);
        out->valid[word] = 0;
        for (uint32_t i = 0; i < args_count && open; i++) {
            open &= ~errors_take(eval, args[i], word, open, out);
            uint64_t taken = args[i]->valid[word] & open;
            rows_take(eval, args[i], word, taken, out);
            open &= ~taken;
        }
    }
}

uint32_t weir_selection_filter(const struct weir_vector *condition, struct weir_selection selection,
                               uint32_t *ret_rows, uint32_t *ret_errors_count)
{
    uint32_t count = 0, errors_count = 0;
    if (!selection.rows) {
        for (uint32_t word = 0; word < weir_valid_words(selection.count); word++) {
            uint64_t bits =
                weir_bool_word(condition, word, selection.count) & condition->valid[word];
            for (; bits; bits &= bits - 1)
                ret_rows[count++] = word * 64 + (uint32_t)__builtin_ctzll(bits);
        }
    } else {
        for (uint32_t i = 0; i < selection.count; i++) {
            uint32_t row = selection.rows[i];
            ret_rows[count] = row; /* count <= i: there is always room */
            count += condition->b[row] & weir_valid(condition, row);
        }
    }
    if (condition->errors) {
        WEIR_FOR_SELECTED(row, selection)
        errors_count += condition->errors[row].ptr != NULL;
    }
    *ret_errors_count = errors_count;
    return count;
}
