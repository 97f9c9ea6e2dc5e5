/* One run of `cleat scp`. */
#ifndef CLEAT_CLI_SCP_H
#define CLEAT_CLI_SCP_H

#include "progress.h"
#include "remote.h"
#include "scp_place.h"

#include <cleat/transfer.h>

typedef struct scp {
    remote remote;
    cleat_transfer_options options;
    progress progress;
    scp_place *sources, target;
    size_t source_count, next;
    bool to_remote;
    bool quiet, target_is_directory;
    cleat_transfer *transfer; /* under way; NULL: none */
    cleat_sftp_waiter waiter; /* for what the target is */
    char **paths;             /* of the source, what its pattern has matched */
    size_t path_count, next_path;
    uv_signal_t interrupted;
    int status;
} scp;

/* ---- scp_args.c ---- */

/* -1: go on, with the options, the sources and the target; else the status to exit with. */
int scp_args_parse(scp *s, int argc, char **argv);
void scp_args_free(scp *s);

/* ---- scp_copy.c ---- */

/* Copies; the status to exit with. */
int scp_copy(scp *s);

#endif
