/* Log lines: formatted only when the sink wants them, text made safe to print. */
#ifndef CL_BASE_LOG_H
#define CL_BASE_LOG_H

#include <cleat/log.h>

/* By value in whatever logs; the sink belongs to the context. */
typedef struct cl_logger {
    const cleat_log_sink *sink; /* NULL: no log */
    cleat_log_level level;
    uint64_t connection;
} cl_logger;

bool cl_log_wants(const cl_logger *log, cleat_log_level level);

/* area: static text such as "kex". Bytes that are not printable ASCII come out as \xNN. */
void cl_log(const cl_logger *log, cleat_log_level level, const char *area, const char *format, ...)
    CLEAT_PRINTF(4, 5);

/* printf arguments for a slice: "%.*s". */
#define CL_TEXT_ARG(s) ((int)((s).len > 512 ? 512 : (s).len)), (const char *)(s).data

#endif
