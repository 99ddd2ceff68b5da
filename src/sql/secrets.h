/* SQL text as messages may show it: credentials blotted out. */
#ifndef WEIR_SQL_SECRETS_H
#define WEIR_SQL_SECRETS_H

#include "base/slice.h"

/* Overwrites, in a copy of a whole file, the inside of every string that may be a credential with '*'
 * (line ends stay): all strings of a CREATE or ALTER USER MAPPING, and elsewhere those behind a name such as
 * "secret_key" or "password". The text may be broken SQL. */
void weir_sql_blot_secrets(char *text, size_t len);

#endif
