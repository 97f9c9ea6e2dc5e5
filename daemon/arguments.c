/* The command line. */
#include "arguments.h"

#include "text.h"

#include <cleat/ctx.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: cleatd [status] [--system] [-46DdeGiqtTV] [-C client] [-E log_file]\n"
    "              [-f config_file] [-g login_grace_time] [-h host_key_file] [-o keyword=value] "
    "[-p port]\n"
    "  status    show the server of this configuration and its connections (StatusSocket)\n"
    "  --system  serve all users of this machine: as root, with split privileges\n"
    "  -D  stay in the foreground      -d  debug: foreground, one connection, talk on stderr\n"
    "  -e  log to stderr               -E  log to a file\n"
    "  -f  read this configuration     -o  one option, before the file\n"
    "  -p  port (0: any free one)      -4, -6  only IPv4, only IPv6\n"
    "  -g  time for the login          -h  file with a host key\n"
    "  -q  log nothing                 -i  one connection on stdin and stdout\n"
    "  -t  check configuration, keys   -T  the same, and print it; -G  only print it\n"
    "  -C  user=,host=,addr=,laddr=,lport=,rdomain=: the client that -T and -G are about\n"
    "  -V  version\n";

static int misused(const char *why)
{
    fprintf(stderr, "cleatd: %s\n%s", why, usage);
    return 1;
}

static bool add_line(char **lines, const char *keyword, const char *value)
{
    char *longer =
        text_format("%s%s%s%s\n", *lines ? *lines : "", keyword, *keyword ? " " : "", value);
    free(*lines);
    *lines = longer;
    return longer != NULL;
}

/* ---- -C ---- */

static char **client_field(arguments_client *c, const char *name, size_t len)
{
    const struct {
        const char *name;
        char **field;
    } fields[] = {{"user", &c->user},        {"host", &c->host},
                  {"addr", &c->address},     {"laddr", &c->local_address},
                  {"lport", &c->local_port}, {"rdomain", &c->routing_domain}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strlen(fields[i].name) == len && strncmp(fields[i].name, name, len) == 0)
            return fields[i].field;
    }
    return NULL;
}

static bool describe_client(arguments *a, const char *text)
{
    a->has_client = true;
    while (*text) {
        size_t len = strcspn(text, ",");
        size_t name = strcspn(text, "=");
        char **field = name < len ? client_field(&a->client, text, name) : NULL;
        if (!field)
            return false;
        free(*field);
        *field = text_format("%.*s", (int)(len - name - 1), text + name + 1);
        text += len + (text[len] == ',');
    }
    uint32_t port;
    return !a->client.local_port || text_number(a->client.local_port, 65535, &port);
}

/* ---- flags ---- */

static bool flag_alone(arguments *a, char flag)
{
    switch (flag) {
    case 'D':
        return a->foreground = true;
    case 'd':
        a->debug++;
        return a->foreground = a->to_stderr = a->one_only = true;
    case 'e':
        return a->to_stderr = true;
    case 'G':
        return a->dump_only = true;
    case 'T':
        return a->dump = true;
    case 't':
        return a->check = true;
    case 'i':
        return a->on_stdio = a->foreground = a->one_only = true;
    case 'q':
        return add_line(&a->first, "LogLevel", "QUIET");
    case '4':
        return add_line(&a->first, "AddressFamily", "inet");
    case '6':
        return add_line(&a->first, "AddressFamily", "inet6");
    default:
        return false;
    }
}

static bool flag_with_value(arguments *a, char flag, const char *value)
{
    switch (flag) {
    case 'C':
        return describe_client(a, value);
    case 'E':
        a->log_file = value;
        return true;
    case 'f':
        a->config = value;
        return true;
    case 'g':
        return add_line(&a->first, "LoginGraceTime", value);
    case 'h':
        return add_line(&a->options, "HostKey", value);
    case 'o':
        return add_line(&a->options, "", value);
    case 'p':
        return add_line(&a->first, "Port", value);
    default:
        return false;
    }
}

/* One word of flags at argv[*i]. */
static int take_flags(arguments *a, int argc, char **argv, int *i)
{
    char why[64];
    if (strcmp(argv[*i], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (strcmp(argv[*i], "--system") == 0) {
        a->system = true;
        return -1;
    }
    for (const char *p = argv[*i] + 1; *p; p++) {
        if (*p == 'V') {
            fprintf(stderr, "Cleat_%s\n", CLEAT_VERSION);
            return 0;
        }
        if (flag_alone(a, *p))
            continue;
        const char *value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
        if (value && flag_with_value(a, *p, value))
            return -1;
        snprintf(why, sizeof why, "-%c is unknown, or its value is missing or wrong", *p);
        return misused(why);
    }
    return -1;
}

int arguments_parse(arguments *a, int argc, char **argv)
{
    static const char *const levels[] = {"DEBUG1", "DEBUG2", "DEBUG3"};
    int first = 1;
    if (argc > 1 && strcmp(argv[1], "status") == 0) {
        a->status = a->dump_only = true;
        first = 2;
    }
    for (int i = first; i < argc; i++) {
        if (argv[i][0] != '-' || !argv[i][1])
            return misused("only flags are expected");
        int status = take_flags(a, argc, argv, &i);
        if (status >= 0)
            return status;
    }
    if (a->has_client && !a->dump && !a->dump_only)
        return misused("-C goes with -T or -G");
    if (a->debug && !add_line(&a->first, "LogLevel", levels[a->debug > 3 ? 2 : a->debug - 1]))
        return 1;
    return -1;
}

bool arguments_only_read(const arguments *a)
{
    return a->check || a->dump || a->dump_only;
}

void arguments_free(arguments *a)
{
    free(a->first);
    free(a->options);
    free(a->client.user);
    free(a->client.host);
    free(a->client.address);
    free(a->client.local_address);
    free(a->client.local_port);
    free(a->client.routing_domain);
}
