/* Any bytes as an object: plain, decompressed, or refused; never more than asked for, and always an
 * end. */
#include "connector/file/unpack.h"

#include <stdint.h>
#include <string.h>

struct bytes_place {
    struct weir_place place;
    const uint8_t *data;
    size_t size, at;
};

/* A few bytes at a time, with "not yet" in between. */
static enum weir_code bytes_read(struct weir_place *place, char *to, size_t max, size_t *ret_len,
                                 bool *ret_end, struct weir_error *err)
{
    struct bytes_place *bytes = (struct bytes_place *)place;
    size_t left = bytes->size - bytes->at, len = left < 7 ? left : 7;
    (void)err;
    len = len < max ? len : max;
    memcpy(to, bytes->data + bytes->at, len);
    bytes->at += len;
    *ret_len = len;
    *ret_end = left == 0;
    return WEIR_OK;
}

static const struct weir_place_ops bytes_ops = {.read = bytes_read};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_place place = {{&bytes_ops}, data, size, 0};
    struct weir_unpack *unpack;
    struct weir_error err;
    char to[1000];
    bool end = false;
    if (weir_unpack_new(WEIR_PACKING_AUTO, &unpack, &err) != WEIR_OK)
        return 0;
    weir_unpack_begin(unpack, 0);
    for (size_t rounds = 0, len; !end && rounds < 100000; rounds++) {
        if (weir_unpack_read(unpack, &place.place, "x", false, to, sizeof to, &len, &end, &err) !=
            WEIR_OK)
            break;
        WEIR_ASSERT(len <= sizeof to && !(end && len));
        WEIR_ASSERT(end || len || place.at < size);
    }
    weir_unpack_free(unpack);
    return 0;
}
