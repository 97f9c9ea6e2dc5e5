/* The flags of internal-sftp, as sftp-server(8) has them. */
#ifndef CLEATD_SFTP_ARGUMENTS_H
#define CLEATD_SFTP_ARGUMENTS_H

#include <cleat/log.h>

typedef struct sftp_arguments {
    char *directory, *allowed, *denied; /* NULL: not given */
    bool read_only;
    bool has_umask;
    uint32_t umask;
    bool has_facility; /* what is logged goes where all that this program logs goes */
    cleat_log_level level;
} sftp_arguments;

/* NULL, or what is wrong with the command line. Free the arguments in either case. */
const char *sftp_arguments_parse(sftp_arguments *a, const char *command);
void sftp_arguments_free(sftp_arguments *a);

#endif
