/* The command line of `cleat scp`. */
#include "scp.h"

#include "text.h"

#include <cleat/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: cleat scp [-346BChOpqRrsTv] [-c cipher] [-D sftp_server_command] [-F configfile]\n"
    "                 [-i identity_file] [-J destination] [-l limit] [-o option] [-P port]\n"
    "                 [-S program] [-X option=number] source ... target\n";

/* ---- flags ---- */

static int complain(char flag, const char *text)
{
    fprintf(stderr, "cleat scp: -%c: %s\n", flag, text);
    return 1;
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
    case 'O':
        s->legacy = true;
        return true;
    case 's':
        s->legacy = false;
        return true;
    case 'R':
        s->direct = true;
        return true;
    case '3':
        s->direct = false;
        return true;
    case 'T':
        s->trusts_names = true;
        return true;
    case 'd':
        s->must_be_directory = true;
        return true;
    case 't':
        s->end = SCP_SINK;
        return true;
    case 'f':
        s->end = SCP_SOURCE;
        return true;
    case 'B':
        return args_add_line(a, text_format("BatchMode yes"));
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

/* "nrequests=64", "buffer=32K" */
static bool take_tuning(scp *s, const char *value)
{
    uint64_t number;
    const char *given = strchr(value, '=');
    if (!given || !cleat_config_size(given + 1, &number) || !number || number > UINT32_MAX)
        return false;
    if (strncmp(value, "nrequests=", strlen("nrequests=")) == 0)
        s->options.requests_max = (uint32_t)number;
    else if (strncmp(value, "buffer=", strlen("buffer=")) == 0)
        s->options.block = (uint32_t)number;
    else
        return false;
    return true;
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
    if (flag == 'A')
        return complain(flag, "forwarding the agent is not supported yet");
    if (!strchr("PciJFolDSX", flag)) {
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
    case 'S':
        s->program = value;
        return -1;
    case 'X':
        return take_tuning(s, value)
                   ? -1
                   : complain(flag, "nrequests=NUMBER or buffer=BYTES is expected");
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
    s->must_be_directory = s->must_be_directory || s->source_count > 1;
    return -1;
}

/* The other end has one path, and nothing of this machine's. */
static int take_end(scp *s, char **argv, size_t count)
{
    s->sources = calloc(count, sizeof *s->sources);
    if (!count || (s->end == SCP_SINK && count > 1) || !s->sources) {
        fputs(usage, stderr);
        return 1;
    }
    for (; s->source_count < count; s->source_count++) {
        s->sources[s->source_count].path = text_format("%s", argv[s->source_count]);
        if (!s->sources[s->source_count].path)
            return 1;
    }
    return -1;
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
        status = (s->end ? take_end : take_places)(s, argv + i, (size_t)(argc - i));
    return status;
}

void scp_args_free(scp *s)
{
    for (size_t i = 0; i < s->source_count; i++)
        scp_place_clear(&s->sources[i]);
    free(s->sources);
    scp_place_clear(&s->target);
}
