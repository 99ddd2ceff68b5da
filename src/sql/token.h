/* Just enough of SQL's lexical structure to skip blanks and to measure one token, for messages. */
#ifndef WEIR_SQL_TOKEN_H
#define WEIR_SQL_TOKEN_H

#include "base/slice.h"

/* Bytes of white space and comments at the beginning. */
size_t weir_sql_blank(struct weir_slice text);
/* Bytes of the token at the beginning: a word, a number, a quoted string or name, else one
 * character; 0 only at the end. */
size_t weir_sql_token(struct weir_slice text);

/* Bytes of the UTF-8 character at the beginning; 0: there is none. */
size_t weir_sql_character(struct weir_slice text);

#endif
