/* The command line of `cleat ssh`. */
#ifndef CLEAT_CLI_ARGS_H
#define CLEAT_CLI_ARGS_H

#include <cleat/config.h>

enum { ARGS_LINES_MAX = 256 };

typedef struct ssh_args {
    char *host, *user; /* of the destination; user NULL: not said there */
    const char *config_file, *log_file;
    const char *forward_to;      /* -W host:port */
    char *lines[ARGS_LINES_MAX]; /* what the flags mean as configuration, in order */
    size_t line_count;
    char *command; /* NULL: a shell */
    unsigned verbose, ttys;
    bool quiet, show_config, to_syslog;
} ssh_args;

/* For other commands, which have flags of their own: a line of configuration, which is taken, or a
 * keyword with any text as its value; the destination as "[user@]host". False when it makes no
 * sense, or there are too many. */
bool args_add_line(ssh_args *a, char *line);
bool args_add_value(ssh_args *a, const char *keyword, const char *value);
bool args_set_destination(ssh_args *a, const char *text);

/* -1: go on; otherwise the status to exit with, everything being said. */
int args_parse(ssh_args *a, int argc, char **argv);
void args_free(ssh_args *a);

/* "[user@]host", "[user@]host:port", "[user@][v6]:port" or an ssh:// address, as jump hosts are
 * named. user and port are NULL where they are not said. False when it makes no sense. */
typedef struct ssh_place {
    char *user, *host, *port;
} ssh_place;

bool place_parse(ssh_place *place, const char *text, bool port_allowed);
void place_free(ssh_place *place);

/* False for what shells or known_hosts lines could take for something else than a host's name. */
bool place_is_host(const char *text);

#endif
