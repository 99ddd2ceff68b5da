/* The only list of connectors and formats: adding one is a line here. */
#include "cli/registry.h"

#include "connector/file/file.h"
#include "connector/generate/connector.h"
#include "connector/http/http.h"
#include "connector/log/connector.h"
#include "connector/s3/s3.h"
#include "connector/sqlite/connector.h"
#include "connector/stdio/streams.h"
#include "format/formats.h"

static const struct weir_connector *const connectors[] = {
    &weir_connector_file,  &weir_connector_http,   &weir_connector_s3,
    &weir_log_connector,   &weir_sqlite_connector, &weir_generate_connector,
    &weir_stdin_connector, &weir_stdout_connector, NULL,
};

static const struct weir_format *const formats[] = {
    &weir_format_json,
    &weir_format_csv,
    &weir_format_raw,
    NULL,
};

const struct weir_registry weir_registry = {connectors, formats};
