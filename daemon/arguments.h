/* The command line. Most flags are another way to write a line of sshd_config. */
#ifndef CLEATD_ARGUMENTS_H
#define CLEATD_ARGUMENTS_H

#include <cleat/types.h>

/* The client that -C describes; what it leaves out is NULL. */
typedef struct arguments_client {
    char *user, *host, *address, *local_address, *local_port, *routing_domain;
} arguments_client;

typedef struct arguments {
    const char *config, *log_file;
    char *first;   /* lines that nothing in the files adds to or replaces */
    char *options; /* lines that count before the files' */
    bool foreground, to_stderr, on_stdio, one_only;
    bool system;                 /* many users: --system */
    bool check, dump, dump_only; /* -t, -T, -G */
    bool status;                 /* which reads as -G does */
    unsigned debug;
    bool has_client;
    arguments_client client;
} arguments;

/* -1: go on; else the program's exit status. */
int arguments_parse(arguments *a, int argc, char **argv);

/* The program is only asked a question: it writes no file. */
bool arguments_only_read(const arguments *a);

void arguments_free(arguments *a);

#endif
