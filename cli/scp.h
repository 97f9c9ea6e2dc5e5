/* One run of `cleat scp`. */
#ifndef CLEAT_CLI_SCP_H
#define CLEAT_CLI_SCP_H

#include "progress.h"
#include "remote.h"
#include "scp_place.h"

#include <cleat/glob.h>
#include <cleat/transfer.h>

/* As which end of the old protocol this runs, started by scp on another machine. */
typedef enum scp_end { SCP_NO_END, SCP_SINK, SCP_SOURCE } scp_end;

/* Sources that have their machine in common, and where they go. */
typedef struct scp {
    remote remote; /* its args are for the one machine, or the source's where there are two */
    cleat_transfer_options options;
    progress progress;
    scp_place *sources, target;
    size_t source_count, next;
    char *target_path; /* the target's, without "~user" */
    size_t next_home;  /* the place that is looked at for one */
    bool to_remote;
    bool quiet, target_is_directory;
    bool must_be_directory; /* -d, or more than one source */
    bool legacy;            /* -O */
    bool direct;            /* -R: the source's machine connects to the target's */
    bool trusts_names;      /* -T */
    const char *program;    /* -S: in place of cleat ssh */
    scp_end end;
    cleat_transfer *transfer; /* under way; NULL: none */
    cleat_sftp_waiter waiter; /* for homes, and what the target is */
    cleat_glob *glob;         /* the same: a source's pattern */
    char **paths;             /* of the source, what its pattern has matched */
    size_t path_count, next_path;
    uv_signal_t interrupted;
    int status;
} scp;

/* ---- scp_args.c ---- */

/* -1: go on, with the options, the sources and the target; else the status to exit with. */
int scp_args_parse(scp *s, int argc, char **argv);
void scp_args_free(scp *s);

/* ---- scp_jobs.c ---- */

/* What a session with that machine needs; scp_session_end gives it back, remote_release included.
 * False: it makes no sense, and it is said. */
bool scp_session_for(const scp *s, const scp_place *place, remote *to);
void scp_session_end(remote *r);

/* As they are written. */
bool scp_same_machine(const scp_place *a, const scp_place *b);

/* Copies everything, machine after machine; the status to exit with. */
int scp_run(scp *s);

/* ---- scp_copy.c, scp_legacy.c, scp_cross.c, scp_within.c: sources of one machine ---- */

struct sftp;

int scp_copy(scp *s);

/* By the old protocol. */
int scp_legacy(scp *s);

/* From one machine to another, through this one. */
int scp_cross(scp *s);

/* From one path to another in a session with their machine. False: not all of it, which has been
 * said. */
bool scp_within(const scp *s, struct sftp *one, const char *from, const char *to);

/* This is the other end. */
int scp_serve(scp *s);

/* ---- scp_home.c ---- */

/* "~/file": sessions begin at home. */
void scp_home_own(scp_place *place);

/* The "~user" that the path begins with; NULL: it does not, or there is no memory. */
char *scp_home_of(const char *path);

/* The path with a home in place of that; a pattern is one as before. NULL without memory. */
char *scp_home_put(const char *path, const char *home);

/* ---- scp_programs.c ---- */

/* The source's machine copies to the target's by itself. */
int scp_direct(scp *s);

/* Nothing is on another machine. */
int scp_local(const scp *s);

/* ---- scp_spawn.c ---- */

/* The words that run a command on a machine, to be freed with scp_words_free; NULL without memory.
 * subsystem: the command is the name of one. */
char **scp_words(const scp *s, const scp_place *place, const char *command, bool subsystem);
void scp_words_free(char **words);

#endif
