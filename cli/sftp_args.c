/* The command line of `cleat sftp`. */
#include "sftp.h"

#include "scp_place.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 1024, BLOCK_MAX = 255 << 10, REQUESTS_MAX = 1024 };

static const char usage[] =
    "usage: cleat sftp [-46aCfhNpqrv] [-B buffer_size] [-b batchfile] [-c cipher]\n"
    "                  [-D sftp_server_command] [-F ssh_config] [-i identity_file]\n"
    "                  [-J destination] [-l limit] [-o ssh_option] [-P port]\n"
    "                  [-R num_requests] [-s subsystem] [-X sftp_option] destination\n"
    "                  [local]\n";

static int complain(char flag, const char *text)
{
    fprintf(stderr, "cleat sftp: -%c: %s\n", flag, text);
    return 1;
}

static bool flag_alone(sftp *s, char flag)
{
    ssh_args *a = &s->remote.run.args;
    switch (flag) {
    case 'a':
        return s->options.resume = true;
    case 'f':
        return s->options.sync = true;
    case 'N': /* -b's quietness off again */
        s->quiet = false;
        return true;
    case 'p':
        return s->options.preserve = true;
    case 'q':
        return s->quiet = a->quiet = true;
    case 'r':
        return s->options.recurse = true;
    case 'v':
        a->verbose++;
        return true;
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

static bool in_range(const char *text, uint32_t least, uint32_t most, uint32_t *number)
{
    return text_number(text, most, number) && *number >= least;
}

static int take_option(sftp *s, const char *value)
{
    if (strncmp(value, "nrequests=", 10) == 0 &&
        in_range(value + 10, 1, REQUESTS_MAX, &s->options.requests_max))
        return -1;
    if (strncmp(value, "buffer=", 7) == 0 &&
        in_range(value + 7, BLOCK_MIN, BLOCK_MAX, &s->options.block))
        return -1;
    if (strncmp(value, "version=", 8) == 0 &&
        in_range(value + 8, CLEAT_SFTP_VERSION_MIN, CLEAT_SFTP_VERSION_MAX, &s->remote.version))
        return -1;
    return complain('X',
                    "nrequests= from 1 to 1024, buffer= from 1024 to 261120 or version= from 3 "
                    "to 6 is expected");
}

static int flag_with_value(sftp *s, char flag, const char *value)
{
    static const struct {
        char flag;
        const char *keyword;
    } keywords[] = {{'P', "Port"}, {'c', "Ciphers"}, {'i', "IdentityFile"}, {'J', "ProxyJump"}};
    ssh_args *a = &s->remote.run.args;
    uint32_t number;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (keywords[i].flag == flag)
            return args_add_value(a, keywords[i].keyword, value)
                       ? -1
                       : complain(flag, "too many options");
    }
    switch (flag) {
    case 'B':
        return in_range(value, BLOCK_MIN, BLOCK_MAX, &s->options.block)
                   ? -1
                   : complain(flag, "bytes from 1024 to 261120 are expected");
    case 'b':
        s->batch = value;
        s->batch_mode = true;
        return args_add_line(a, text_format("BatchMode yes")) ? -1 : 1;
    case 'D':
        s->remote.program = value;
        return -1;
    case 'F':
        a->config_file = value;
        return -1;
    case 'l':
        if (!text_number(value, UINT32_MAX / 1000, &number) || !number)
            return complain(flag, "a number of kilobits a second is expected");
        s->options.rate_max = (uint64_t)number * 1000 / 8;
        return -1;
    case 'R':
        return in_range(value, 1, REQUESTS_MAX, &s->options.requests_max)
                   ? -1
                   : complain(flag, "a number from 1 to 1024 is expected");
    case 's':
        s->remote.subsystem = value;
        return -1;
    case 'X':
        return take_option(s, value);
    default:
        return args_add_line(a, text_format("%s", value)) ? -1 : complain(flag, "too many options");
    }
}

static int help(void)
{
    printf("%s\nThe manual page cleat-sftp(1) says what the options do.\n", usage);
    return 0;
}

/* What sftp has beyond this. */
static const char *why_not(char flag)
{
    switch (flag) {
    case '1':
        return "version 1 of the protocol is no more";
    case 'A':
        return "forwarding the agent is not supported yet";
    case 'S':
        return "another program in place of this one is not supported";
    default:
        return NULL;
    }
}

static int take_flags(sftp *s, int argc, char **argv, int *i)
{
    if (strcmp(argv[*i], "--help") == 0)
        return help();
    for (const char *p = argv[*i] + 1; *p; p++) {
        if (*p == 'h')
            return help();
        if (why_not(*p))
            return complain(*p, why_not(*p));
        if (flag_alone(s, *p))
            continue;
        if (!strchr("BbcDFiJloPRsX", *p)) {
            fprintf(stderr, "cleat sftp: -%c is no option\n%s", *p, usage);
            return 1;
        }
        const char *value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
        return value ? flag_with_value(s, *p, value) : complain(*p, "a value is missing");
    }
    return -1;
}

/* A name without a colon is a host here. */
static int take_destination(sftp *s, const char *text)
{
    scp_place p;
    ssh_args *a = &s->remote.run.args;
    bool good = scp_place_parse(&p, text, "sftp");
    const char *host = p.host ? p.host : text;
    if (p.host && strcmp(p.path, ".") != 0) {
        s->path = p.path;
        p.path = NULL;
    }
    good = good && args_set_destination(a, host) &&
           (!p.port || args_add_line(a, text_format("Port %s", p.port)));
    scp_place_clear(&p);
    if (good && s->target && !s->path) {
        fprintf(stderr, "cleat sftp: \"%s\" names no file that could be copied to %s\n", text,
                s->target);
        return 1;
    }
    if (good)
        return -1;
    fprintf(stderr, "cleat sftp: \"%s\" is no destination ([user@]host[:path])\n", text);
    return 1;
}

int sftp_args_parse(sftp *s, int argc, char **argv)
{
    int i = 1, status = remote_defaults(&s->remote.run.args) ? -1 : 1;
    for (; status < 0 && i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        status = take_flags(s, argc, argv, &i);
    }
    if (status >= 0)
        return status;
    const int words = argc - i;
    if (s->remote.program ? words != 0 : words != 1 && words != 2) {
        fputs(usage, stderr);
        return 1;
    }
    if (words == 2)
        s->target = argv[i + 1];
    return s->remote.program ? -1 : take_destination(s, argv[i]);
}

void sftp_args_free(sftp *s)
{
    free(s->path);
    free(s->home);
    free(s->cwd);
}
