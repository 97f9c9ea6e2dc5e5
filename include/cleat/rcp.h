/* The lines of the old protocol of scp, which is rcp's: one side sends files, the other answers
 * each line and each file with a zero byte or a complaint. No document defines it; this is what scp
 * of OpenSSH sends and takes. */
#ifndef CLEAT_RCP_H
#define CLEAT_RCP_H

#include <cleat/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The first byte of a line. */
typedef enum cleat_rcp_type {
    CLEAT_RCP_WARNING = 1,     /* a complaint: what it is about did not work */
    CLEAT_RCP_FATAL = 2,       /* a complaint, after which nothing comes */
    CLEAT_RCP_FILE = 'C',      /* a file, whose bytes follow the answer */
    CLEAT_RCP_DIRECTORY = 'D', /* a directory: what follows up to its END is in it */
    CLEAT_RCP_END = 'E',
    CLEAT_RCP_TIMES = 'T' /* of the file or directory that comes next */
} cleat_rcp_type;

/* Longest line, its end and a zero included. */
enum { CLEAT_RCP_LINE_MAX = 4096 };

typedef struct cleat_rcp_line {
    cleat_rcp_type type;
    uint32_t mode; /* permissions, 07777 at most */
    uint64_t size;
    int64_t mtime, atime; /* seconds since 1970 */
    cleat_slice text;     /* a name or a complaint */
} cleat_rcp_line;

/* Reads a line, given without its end; text is borrowed from it. A name is one part of a path and
 * nothing else: what is empty, "." or "..", or has a '/', a zero or a line end in it is refused.
 * CLEAT_E_PROTO, and error says what was expected. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_rcp_read(cleat_rcp_line *out, cleat_slice line,
                                                     cleat_error *error);

/* Writes a line with its end and a zero behind it, and returns its length without the zero; 0 for
 * one that cannot be read again, or is too long. */
CLEAT_API size_t cleat_rcp_write(const cleat_rcp_line *line, char out[CLEAT_RCP_LINE_MAX]);

#ifdef __cplusplus
}
#endif
#endif
