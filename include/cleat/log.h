/* Where the library's log lines go. The library writes to no stream of its own. */
#ifndef CLEAT_LOG_H
#define CLEAT_LOG_H

#include <cleat/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* OpenSSH's LogLevel scale. */
typedef enum cleat_log_level {
    CLEAT_LOG_QUIET = 0,
    CLEAT_LOG_FATAL = 1,
    CLEAT_LOG_ERROR = 2,
    CLEAT_LOG_INFO = 3,
    CLEAT_LOG_VERBOSE = 4,
    CLEAT_LOG_DEBUG1 = 5,
    CLEAT_LOG_DEBUG2 = 6,
    CLEAT_LOG_DEBUG3 = 7 /* one line a message, secrets redacted */
} cleat_log_level;

/* One line. Text from the peer is escaped already: only printable ASCII, no line ends. Borrowed
 * for the call. */
typedef struct cleat_log_record {
    cleat_log_level level;
    const char *area;    /* "kex", "auth", "channel", ... */
    uint64_t connection; /* cleat_conn_options.log_id; 0 outside a connection */
    const char *text;
} cleat_log_record;

/* Who takes the lines. */
typedef struct cleat_log_sink {
    size_t struct_size; /* sizeof(cleat_log_sink) */
    void *user;
    cleat_log_level level; /* lines above this level are not even formatted */
    void (*write)(void *user, const cleat_log_record *record);
} cleat_log_sink;

/* "INFO", "DEBUG1", ...; and back, case ignored ("DEBUG" is DEBUG1). */
CLEAT_API const char *cleat_log_level_name(cleat_log_level level);
CLEAT_API bool cleat_log_level_parse(const char *name, cleat_log_level *level);

#ifdef __cplusplus
}
#endif
#endif
