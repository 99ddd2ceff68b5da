/* Reset: progress goes, and with it what this pipeline created. What it found there already stays,
 * and only forgets the pipeline's number.
 *
 * The lock of the checkpoint is held meanwhile, so that no run is under way. Sinks first, the
 * checkpoint last: a reset that is broken off can be repeated. */
#include "commit/directory_store.h"
#include "runtime/session.h"

#include <stdlib.h>

#define STORE (&weir_directory_store)

/* Is `name` a line of `text`? */
static bool has_line(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = text; at && *at;) {
        const char *end = strchr(at, '\n');
        if (end && (size_t)(end - at) == len && memcmp(at, name, len) == 0)
            return true;
        at = end ? end + 1 : NULL;
    }
    return false;
}

static enum weir_code list(const struct weir_plan *plan, struct weir_checkpoint *store,
                           struct weir_arena *arena, struct weir_reset_item **ret,
                           size_t *ret_count, struct weir_error *err)
{
    char *created = NULL;
    size_t len, count = 0;
    struct weir_reset_item *items =
        WEIR_NEW_ARRAY(arena, struct weir_reset_item, plan->sinks_count + 1);
    if (!items)
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    WEIR_TRY(STORE->note_read(store, "created", &created, &len, err));
    enum weir_code code = WEIR_OK;
    for (uint32_t i = 0; code == WEIR_OK && i < plan->sinks_count; i++) {
        const struct weir_table *table = plan->sinks[i].table;
        struct weir_catalog_info info = {0};
        if (!table->connector->catalog)
            continue;
        code = table->connector->catalog->describe(table, plan->settings.name, arena, &info, err);
        if (code == WEIR_OK && info.exists)
            items[count++] = (struct weir_reset_item){table, info.location,
                                                      has_line(created, table->name), info.rows};
    }
    free(created);
    *ret = items;
    *ret_count = count;
    return code;
}

enum weir_code weir_reset_list(const struct weir_plan *plan, struct weir_arena *arena,
                               struct weir_reset_item **ret, size_t *ret_count,
                               bool *ret_has_checkpoint, struct weir_error *err)
{
    struct weir_checkpoint *store;
    struct weir_checkpoint_record *records;
    size_t records_count = 0;
    WEIR_TRY(STORE->open(plan->settings.checkpoint, plan->settings.name, &store, err));
    enum weir_code code = list(plan, store, arena, ret, ret_count, err);
    if (code == WEIR_OK)
        *ret_has_checkpoint = STORE->read(store, arena, &records, &records_count, err) != WEIR_OK ||
                              records_count > 0;
    STORE->close(store);
    return code;
}

enum weir_code weir_reset_run(const struct weir_plan *plan, struct weir_error *err)
{
    struct weir_arena arena;
    struct weir_checkpoint *store;
    struct weir_reset_item *items = NULL;
    size_t count = 0;
    WEIR_TRY(STORE->open(plan->settings.checkpoint, plan->settings.name, &store, err));
    weir_arena_init(&arena, 1 << 24);
    enum weir_code code = list(plan, store, &arena, &items, &count, err);
    for (size_t i = 0; code == WEIR_OK && i < count; i++) {
        const struct weir_catalog_ops *catalog = items[i].table->connector->catalog;
        if (items[i].drop)
            code = catalog->drop(items[i].table, err);
        else if (catalog->forget)
            code = catalog->forget(items[i].table, plan->settings.name, err);
        if (code != WEIR_OK)
            weir_fail_in(err, "%s", items[i].table->name);
    }
    weir_arena_done(&arena);
    if (code == WEIR_OK)
        return STORE->destroy(store, err);
    STORE->close(store);
    return code;
}
