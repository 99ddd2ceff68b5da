/* The connector file, and the options that all file-like connectors share. */
#include "connector/file/file.h"

#include <stdlib.h>

#include "connector/file/file_source.h"
#include "connector/file/local_place.h"
#include "connector/file/parts_sink.h"

const struct weir_option_spec weir_file_options[] = {
    {"path", WEIR_OPTION_TEXT, WEIR_ON_TABLE, NULL, 0, 0, NULL,
     "file, directory, glob or URL; of a sink: the directory of its parts"},
    {"root", WEIR_OPTION_TEXT, WEIR_ON_SERVER, NULL, 0, 0, NULL,
     "put before a relative path: directory, URL or bucket"},
    {"bounded", WEIR_OPTION_BOOL, WEIR_ON_SERVER | WEIR_ON_TABLE, "true", 0, 0, NULL,
     "false: follow what is appended and new files"},
    {"fallback", WEIR_OPTION_TEXT, WEIR_ON_TABLE, NULL, 0, 0, NULL,
     "local path read instead when a remote is unreachable, slow or refuses"},
    {"timeout", WEIR_OPTION_DURATION, WEIR_ON_SERVER | WEIR_ON_TABLE, "5 s", 1, 3600000, NULL,
     "the longest silence of a remote"},
    {"compression", WEIR_OPTION_ENUM, WEIR_ON_SERVER | WEIR_ON_TABLE, "auto", 0, 0,
     "auto|none|gzip|zstd", "of what is read; auto goes by the first bytes"},
    {"max_record", WEIR_OPTION_SIZE, WEIR_ON_SERVER | WEIR_ON_TABLE, "16 MB", 1024, 1 << 30, NULL,
     "longer records are bad records"},
    {"commit_interval", WEIR_OPTION_DURATION, WEIR_ON_SERVER | WEIR_ON_TABLE, "10 s", 0, 86400000,
     NULL, "a sink's part becomes visible after so long"},
    {"roll_size", WEIR_OPTION_SIZE, WEIR_ON_SERVER | WEIR_ON_TABLE, "128 MB", 1, INT64_C(1) << 40,
     NULL, "or when it has grown to this size"},
    {"endpoint", WEIR_OPTION_TEXT, WEIR_ON_SERVER, NULL, 0, 0, NULL,
     "URL of an S3 server other than Amazon's"},
    {"region", WEIR_OPTION_TEXT, WEIR_ON_SERVER, NULL, 0, 0, NULL,
     "of the S3 bucket; default: AWS_REGION, AWS_DEFAULT_REGION, us-east-1"},
    {"access_key", WEIR_OPTION_TEXT, WEIR_ON_SERVER | WEIR_ON_USER, NULL, 0, 0, NULL,
     "S3 key id; default: AWS_ACCESS_KEY_ID; none: anonymous"},
    {"secret_key", WEIR_OPTION_SECRET, WEIR_ON_SERVER | WEIR_ON_USER, NULL, 0, 0, NULL,
     "S3 secret key; default: AWS_SECRET_ACCESS_KEY"},
    {"session_token", WEIR_OPTION_SECRET, WEIR_ON_SERVER | WEIR_ON_USER, NULL, 0, 0, NULL,
     "S3 session token; default: AWS_SESSION_TOKEN"},
    {.name = NULL},
};

bool weir_file_bounded(const struct weir_table *table)
{
    return weir_options_bool(&table->options, "bounded", true);
}

static enum weir_code make_local_place(const struct weir_table *table,
                                       const struct weir_place_config *config,
                                       struct weir_place **ret, struct weir_error *err)
{
    char *path;
    WEIR_TRY(weir_local_path(table, &path, err));
    enum weir_code code = weir_local_place_open(path, config->follow, ret, err);
    free(path);
    return code;
}

static enum weir_code file_open(const struct weir_table *table,
                                const struct weir_source_config *config, struct weir_source **ret,
                                struct weir_error *err)
{
    return weir_file_source_open(table, config, make_local_place, ret, err);
}

static const struct weir_source_ops file_source_ops = WEIR_FILE_SOURCE_OPS(file_open);

static enum weir_code file_check(const struct weir_table *table, bool as_sink,
                                 struct weir_error *err)
{
    const char *path = weir_options_text(&table->options, "path", "");
    if (*path == 0) {
        weir_fail(err, WEIR_BAD_CONFIG, "option \"path\" is required for foreign table \"%s\"",
                  table->name);
        return weir_hint(err, as_sink ? "name the directory that the parts go to"
                                      : "name a file, a directory or a glob");
    }
    if (as_sink && strpbrk(path, "*?[")) {
        weir_fail(err, WEIR_BAD_CONFIG,
                  "option \"path\": rows cannot be written to the glob \"%s\"", path);
        return weir_hint(err, "name the directory that the parts go to");
    }
    return WEIR_OK;
}

const struct weir_connector weir_connector_file = {
    .name = "file",
    .summary = "local files: read one, a directory or a glob; write parts into a directory",
    .kind = WEIR_KIND_FILE,
    .schemes = "file",
    .needs_path = true,
    .options = weir_file_options,
    .source = &file_source_ops,
    .sink = &weir_parts_sink_ops,
    .catalog = &weir_file_catalog_ops,
    .bounded = weir_file_bounded,
    .check = file_check,
};
