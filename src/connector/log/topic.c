/* The directory of a topic: making it, finding its segments, telling whether a writer lives. */
#include "connector/log/topic.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"

#define DESCRIPTION_BYTES_MAX 4096
#define NAME_LEN_MAX          249

enum weir_code weir_topic_name_check(const char *name, struct weir_error *err)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(name);
    if (len && len <= NAME_LEN_MAX && strspn(name, allowed) == len && strcmp(name, ".") != 0 &&
        strcmp(name, "..") != 0)
        return WEIR_OK;
    weir_fail(err, WEIR_BAD_CONFIG, "invalid topic name \"%s\"", name);
    return weir_hint(err, "a topic's name has 1 to %d ASCII letters, digits, '.', '_' and '-'",
                     NAME_LEN_MAX);
}

static bool take_text(const char **at, const char *text)
{
    size_t len = strlen(text);
    if (strncmp(*at, text, len) != 0)
        return false;
    *at += len;
    return true;
}

static bool take_number(const char **at, uint64_t *ret)
{
    char *end;
    *ret = strtoull(*at, &end, 10);
    bool taken = **at >= '0' && **at <= '9';
    *at = end;
    return taken;
}

/* topic.json is written by weir_topic_create alone: what differs from its form is damage. */
static enum weir_code description_parse(const char *text, const char *path,
                                        struct weir_topic *topic, struct weir_error *err)
{
    uint64_t version = 0, partitions = 0;
    const char *at = text;
    if (!take_text(&at, "{\"version\":") || !take_number(&at, &version) ||
        !take_text(&at, ",\"partitions\":") || !take_number(&at, &partitions) ||
        !take_text(&at, ",\"created_by\":\"") || partitions < 1 ||
        partitions > WEIR_TOPIC_PARTITIONS_MAX)
        return weir_fail(err, WEIR_BAD_DATA, "file \"%s\" is damaged", path);
    if (version != 1)
        return weir_fail(err, WEIR_BAD_CONFIG,
                         "file \"%s\" has version %" PRIu64 ", this program knows version 1", path,
                         version);
    topic->partitions = (uint32_t)partitions;
    topic->by_reader = take_text(&at, "reader\"");
    return WEIR_OK;
}

static enum weir_code topic_init(const char *root, const char *name, struct weir_topic *topic,
                                 struct weir_error *err)
{
    *topic = (struct weir_topic){.name = strdup(name)};
    if (!topic->name || asprintf(&topic->dir, "%s/%s", root, name) < 0) {
        topic->dir = NULL;
        weir_topic_done(topic);
        return weir_fail(err, WEIR_NOMEM, "out of memory");
    }
    if (strlen(topic->dir) < PATH_MAX - 64)
        return WEIR_OK;
    weir_fail(err, WEIR_BAD_CONFIG, "the path of topic \"%s\" is too long", name);
    weir_topic_done(topic);
    return WEIR_BAD_CONFIG;
}

enum weir_code weir_topic_open(const char *root, const char *name, struct weir_topic *ret,
                               struct weir_error *err)
{
    char path[PATH_MAX], *text;
    size_t len;
    WEIR_TRY(topic_init(root, name, ret, err));
    weir_topic_path(ret, "topic.json", path);
    enum weir_code code = weir_file_read_all(path, DESCRIPTION_BYTES_MAX, &text, &len, err);
    if (code == WEIR_OK) {
        code = description_parse(text, path, ret, err);
        free(text);
    }
    if (code != WEIR_OK)
        weir_topic_done(ret);
    return code;
}

enum weir_code weir_topic_create(const char *root, const char *name, uint32_t partitions,
                                 bool by_reader, bool *ret_created, struct weir_error *err)
{
    struct weir_topic topic;
    char path[PATH_MAX], text[128];
    WEIR_TRY(topic_init(root, name, &topic, err));
    weir_topic_path(&topic, "topic.json", path);
    int len = snprintf(text, sizeof text,
                       "{\"version\":1,\"partitions\":%" PRIu32 ",\"created_by\":\"%s\"}\n",
                       partitions, by_reader ? "reader" : "writer");
    enum weir_code code = WEIR_OK;
    *ret_created = false;
    if (access(path, F_OK) != 0) {
        code = weir_dir_make(topic.dir, err);
        if (code == WEIR_OK)
            code = weir_file_put_if_absent(path, weir_slice(text, (size_t)len), err);
        *ret_created = code == WEIR_OK;
        if (code == WEIR_FENCED) /* another process made it just now */
            code = WEIR_OK;
    }
    weir_topic_done(&topic);
    return code;
}

void weir_topic_done(struct weir_topic *topic)
{
    free(topic->name);
    free(topic->dir);
    *topic = (struct weir_topic){0};
}

void weir_topic_path(const struct weir_topic *topic, const char *file, char *to)
{
    (void)snprintf(to, PATH_MAX, "%s/%s", topic->dir, file);
}

void weir_topic_segment_path(const struct weir_topic *topic, uint64_t base, char *to)
{
    (void)snprintf(to, PATH_MAX, "%s/%020" PRIu64 ".log", topic->dir, base);
}

static int compare_bases(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

enum weir_code weir_topic_segments(const struct weir_topic *topic, uint64_t **ret,
                                   size_t *ret_count, struct weir_error *err)
{
    DIR *dir = opendir(topic->dir);
    uint64_t *bases = NULL;
    size_t count = 0, capacity = 0;
    if (!dir)
        return weir_fail_errno(err, WEIR_IO, "could not open directory \"%s\"", topic->dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *end;
        if (strlen(entry->d_name) != 24)
            continue;
        uint64_t base = strtoull(entry->d_name, &end, 10);
        if (end != entry->d_name + 20 || strcmp(end, ".log") != 0)
            continue;
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            uint64_t *more = realloc(bases, capacity * sizeof *bases);
            if (!more) {
                free(bases);
                closedir(dir);
                return weir_fail(err, WEIR_NOMEM, "out of memory");
            }
            bases = more;
        }
        bases[count++] = base;
    }
    closedir(dir);
    if (count)
        qsort(bases, count, sizeof *bases, compare_bases);
    *ret = bases;
    *ret_count = count;
    return WEIR_OK;
}

enum weir_code weir_topic_segment_open(const struct weir_topic *topic, uint64_t base, int *ret_fd,
                                       struct weir_error *err)
{
    char path[PATH_MAX];
    weir_topic_segment_path(topic, base, path);
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    return *ret_fd >= 0 ? WEIR_OK
                        : weir_fail_errno(err, WEIR_IO, "could not open file \"%s\"", path);
}

bool weir_topic_has_writer(const struct weir_topic *topic)
{
    /* The writer holds a lock of this kind beside its flock just so that it can be seen without
     * being taken. */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[PATH_MAX];
    weir_topic_path(topic, "lock", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == EACCES) { /* a shared lock is enough to see an exclusive one */
        fd = open(path, O_RDONLY | O_CLOEXEC);
        lock.l_type = F_RDLCK;
    }
    if (fd < 0)
        return false;
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return held;
}
