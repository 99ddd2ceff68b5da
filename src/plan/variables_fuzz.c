/* Fuzzes option values: the bytes become the value of an option and of a variable that it may
 * name. */
#include "plan/plan_testing.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "CREATE SERVER f FOREIGN DATA WRAPPER file;"
                               "CREATE FOREIGN TABLE i (a int, b text) SERVER f OPTIONS (%s '";
    static const char *const names[] = {"path",    "format",   "key",        "bounded",
                                        "refresh", "on_error", "dead_letter"};
    struct weir_testing_plan made;
    char *text = malloc(sizeof head + 64 + size * 2), *variable = malloc(size + 8);
    if (text && variable && size > 1) {
        int len =
            snprintf(text, sizeof head + 64, head, names[data[0] % (sizeof names / sizeof *names)]);
        for (size_t i = 1; i < size; i++) {
            if (data[i] == '\'')
                text[len++] = '\'';
            text[len++] = (char)data[i];
        }
        strcpy(text + len, "');");
        memcpy(variable, "A=", 2);
        memcpy(variable + 2, data, size);
        variable[size + 2] = 0;
        weir_testing_plan_make(&made, text, NULL, variable);
        weir_testing_plan_done(&made);
    }
    free(text);
    free(variable);
    return 0;
}
