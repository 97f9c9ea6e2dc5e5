/* Where something is that is to be copied. */
#ifndef CLEAT_CLI_SCP_PLACE_H
#define CLEAT_CLI_SCP_PLACE_H

#include <cleat/types.h>

/* host NULL for this machine. */
typedef struct scp_place {
    char *host; /* "[user@]host" */
    char *port;
    char *path;
} scp_place;

/* scheme: "scp", "sftp". False for a malformed URI, or without memory. */
bool scp_place_parse(scp_place *p, const char *text, const char *scheme);
void scp_place_clear(scp_place *p);

#endif
