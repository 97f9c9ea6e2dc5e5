/* The command line of `cleat scp`. */
#include "scp.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: cleat scp [-46BChpqrsTv] [-c cipher] [-D sftp_server_command] [-F configfile]\n"
    "                 [-i identity_file] [-J destination] [-l limit] [-o option] [-P port]\n"
    "                 source ... target\n";

/* ---- flags ---- */

static int complain(char flag, const char *text)
{
    fprintf(stderr, "cleat scp: -%c: %s\n", flag, text);
    return 1;
}

/* What scp has beyond this. */
static const char *why_not(char flag)
{
    switch (flag) {
    case '3':
    case 'R':
        return "copies between two hosts are not supported yet";
    case 'A':
        return "forwarding the agent is not supported yet";
    case 'O':
        return "the old protocol is not supported yet; servers have an SFTP subsystem for long";
    case 'S':
        return "another program in place of this one is not supported";
    case 'X':
        return "requests are as large and as many as the path needs";
    default:
        return NULL;
    }
}

static bool flag_alone(scp *s, char flag)
{
    ssh_args *a = &s->remote.run.args;
    switch (flag) {
    case 'r':
        s->options.recurse = true;
        return true;
    case 'p':
        s->options.preserve = true;
        return true;
    case 'q':
        s->quiet = a->quiet = true;
        return true;
    case 'v':
        a->verbose++;
        return true;
    case 's': /* SFTP is what is spoken anyway */
    case 'T': /* names from the server are never trusted with more than a place in the target */
    case 'B': /* below */
        return flag != 'B' || args_add_line(a, text_format("BatchMode yes"));
    case '4':
        return args_add_line(a, text_format("AddressFamily inet"));
    case '6':
        return args_add_line(a, text_format("AddressFamily inet6"));
    case 'C':
        return args_add_line(a, text_format("Compression yes"));
    default:
        return false;
    }
}

/* -1 to go on. */
static int flag_with_value(scp *s, char flag, const char *value)
{
    static const struct {
        char flag;
        const char *keyword;
    } keywords[] = {{'P', "Port"}, {'c', "Ciphers"}, {'i', "IdentityFile"}, {'J', "ProxyJump"}};
    ssh_args *a = &s->remote.run.args;
    uint32_t number;
    if (why_not(flag))
        return complain(flag, why_not(flag));
    if (!strchr("PciJFolD", flag)) {
        fprintf(stderr, "cleat scp: -%c is no option\n%s", flag, usage);
        return 1;
    }
    if (!value)
        return complain(flag, "a value is missing");
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (keywords[i].flag == flag)
            return args_add_value(a, keywords[i].keyword, value)
                       ? -1
                       : complain(flag, "too many options");
    }
    switch (flag) {
    case 'F':
        a->config_file = value;
        return -1;
    case 'D':
        s->remote.program = value;
        return -1;
    case 'l':
        if (!text_number(value, UINT32_MAX / 1000, &number) || !number)
            return complain(flag, "a number of kilobits a second is expected");
        s->options.rate_max = (uint64_t)number * 1000 / 8;
        return -1;
    default:
        return args_add_line(a, text_format("%s", value)) ? -1 : complain(flag, "too many options");
    }
}

static int help(void)
{
    printf("%s\nThe manual page cleat-scp(1) says what the options do.\n", usage);
    return 0;
}

static int take_flags(scp *s, int argc, char **argv, int *i)
{
    if (strcmp(argv[*i], "--help") == 0)
        return help();
    for (const char *p = argv[*i] + 1; *p; p++) {
        if (*p == 'h')
            return help();
        if (flag_alone(s, *p))
            continue;
        const char *value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
        return flag_with_value(s, *p, value);
    }
    return -1;
}

static int take_places(scp *s, char **argv, size_t count)
{
    if (count < 2) {
        fputs(usage, stderr);
        return 1;
    }
    s->sources = calloc(count - 1, sizeof *s->sources);
    if (!s->sources || !scp_place_parse(&s->target, argv[count - 1], "scp"))
        return 1;
    for (; s->source_count < count - 1; s->source_count++) {
        if (!scp_place_parse(&s->sources[s->source_count], argv[s->source_count], "scp"))
            return 1;
    }
    s->to_remote = s->target.host != NULL;
    return -1;
}

static bool is_of(const scp_place *p, const scp_place *other)
{
    bool same_port =
        (!p->port && !other->port) || (p->port && other->port && strcmp(p->port, other->port) == 0);
    return p->host && strcmp(p->host, other->host) == 0 && same_port;
}

/* One connection, whose other end is the target or what all sources have in common. */
static int take_host(scp *s)
{
    const scp_place *other = s->to_remote ? &s->target : &s->sources[0];
    ssh_args *a = &s->remote.run.args;
    for (size_t i = 0; i < s->source_count; i++) {
        const scp_place *p = &s->sources[i];
        if (s->to_remote && p->host) {
            fputs("cleat scp: copies between two hosts are not supported yet\n", stderr);
            return 1;
        }
        if (!s->to_remote && !other->host) {
            fputs("cleat scp: neither the source nor the target is on another machine\n", stderr);
            return 1;
        }
        if (!s->to_remote && !is_of(p, other)) {
            fputs("cleat scp: sources on several machines are not supported yet\n", stderr);
            return 1;
        }
    }
    if (!s->remote.program && !args_set_destination(a, other->host)) {
        fprintf(stderr, "cleat scp: \"%s\" is no destination ([user@]host)\n", other->host);
        return 1;
    }
    return !other->port || args_add_line(a, text_format("Port %s", other->port)) ? -1 : 1;
}

int scp_args_parse(scp *s, int argc, char **argv)
{
    int i = 1, status = remote_defaults(&s->remote.run.args) ? -1 : 1;
    for (; status < 0 && i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        status = take_flags(s, argc, argv, &i);
    }
    if (status < 0)
        status = take_places(s, argv + i, (size_t)(argc - i));
    return status < 0 ? take_host(s) : status;
}

void scp_args_free(scp *s)
{
    for (size_t i = 0; i < s->source_count; i++)
        scp_place_clear(&s->sources[i]);
    free(s->sources);
    scp_place_clear(&s->target);
}
