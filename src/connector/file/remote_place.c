/* Reading objects over HTTP. See remote_place.h. */
#include "connector/file/remote_place.h"

#include "base/hash.h"

enum {
    ATTEMPTS_MAX = 6,
    ATTEMPTS_MAX_IMPATIENT = 3, /* where a fallback waits */
    LOOK_AGAIN_MS = 10000,      /* new objects cannot be waited for, only looked for */
};

enum weir_code weir_remote_place_init(struct weir_remote_place *remote,
                                      const struct weir_place_ops *ops,
                                      const struct weir_table *table,
                                      const struct weir_place_config *config,
                                      struct weir_error *err)
{
    remote->place.ops = ops;
    remote->request.timeout_ms = weir_options_number(&table->options, "timeout", 5000);
    remote->request.answer_ms_max = config->may_fall_back ? remote->request.timeout_ms : 0;
    remote->request.attempts_max = config->may_fall_back ? ATTEMPTS_MAX_IMPATIENT : ATTEMPTS_MAX;
    return weir_http_open(&remote->http, err);
}

void weir_remote_place_done(struct weir_remote_place *remote)
{
    weir_http_close(remote->http);
}

enum weir_code weir_remote_place_get(struct weir_remote_place *remote, const char *url,
                                     const char *label, int64_t offset, struct weir_error *err)
{
    remote->request.url = url;
    remote->request.label = label;
    remote->request.offset = offset;
    WEIR_TRY(weir_http_get(remote->http, &remote->request, err));
    return WEIR_OK;
}

enum weir_code weir_remote_place_read(struct weir_place *place, char *to, size_t max,
                                      size_t *ret_len, bool *ret_end, struct weir_error *err)
{
    return weir_http_read(((struct weir_remote_place *)place)->http, to, max, ret_len, ret_end,
                          err);
}

bool weir_remote_place_info(struct weir_place *place, struct weir_place_info *ret)
{
    struct weir_http_info info;
    if (!weir_http_answered(((struct weir_remote_place *)place)->http, &info))
        return false;
    uint64_t validator = *info.validator ? weir_hash(weir_slice_of(info.validator), 0) : 0;
    *ret = (struct weir_place_info){info.size, info.modified_us, validator};
    return true;
}

void weir_remote_place_shut(struct weir_place *place)
{
    weir_http_stop(((struct weir_remote_place *)place)->http);
}

int weir_remote_place_wait_fd(struct weir_place *place)
{
    return weir_http_fd(((struct weir_remote_place *)place)->http);
}

int weir_remote_place_watch(struct weir_place *place, bool *ret_changed, int64_t *ret_wait_ms)
{
    (void)place;
    *ret_changed = false;
    *ret_wait_ms = LOOK_AGAIN_MS;
    return -1;
}
