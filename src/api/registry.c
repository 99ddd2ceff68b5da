/* Looking connectors and formats up in a registry. */
#include "api/connector.h"
#include "api/format.h"

#include <strings.h>

const struct weir_connector *weir_registry_connector(const struct weir_registry *registry,
                                                     const char *name)
{
    for (const struct weir_connector *const *at = registry->connectors; *at; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}

/* Is `scheme` (of scheme_len bytes) one of the words of `schemes`? */
static bool has_scheme(const char *schemes, const char *scheme, size_t scheme_len)
{
    while (schemes && *schemes) {
        size_t len = strcspn(schemes, " ");
        if (len == scheme_len && strncasecmp(schemes, scheme, len) == 0)
            return true;
        schemes += len;
        schemes += strspn(schemes, " ");
    }
    return false;
}

const struct weir_connector *weir_registry_scheme(const struct weir_registry *registry,
                                                  const char *url)
{
    const char *colon = strstr(url, "://");
    if (!colon)
        return NULL;
    for (const struct weir_connector *const *at = registry->connectors; *at; at++)
        if (has_scheme((*at)->schemes, url, (size_t)(colon - url)))
            return *at;
    return NULL;
}

const struct weir_format *weir_registry_format(const struct weir_registry *registry,
                                               const char *name)
{
    for (const struct weir_format *const *at = registry->formats; *at; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}
