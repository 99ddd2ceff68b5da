/* Fuzzes SQL text on its whole way to a plan: it may be refused, never crash. The first byte
 * chooses between a file and a query. */
#include "plan/plan_testing.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t tables = strlen(weir_testing_tables);
    char *text = malloc(tables + size);
    struct weir_testing_plan made;
    if (!text)
        return 0;
    memcpy(text, weir_testing_tables, tables);
    memcpy(text + tables, data + 1, size - 1);
    text[tables + size - 1] = 0;
    if (data[0] & 1)
        weir_testing_plan_make(&made, weir_testing_tables, text + tables, NULL);
    else
        weir_testing_plan_make(&made, text, NULL, NULL);
    weir_testing_plan_done(&made);
    free(text);
    return 0;
}
