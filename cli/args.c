/* The command line of `cleat ssh`: most flags are another way to write a line of ssh_config. */
#include "args.h"

#include "query.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: cleat ssh [-246aCfGhkNnqsTtVvxy] [-B bind_interface] [-b bind_address]\n"
    "                 [-c cipher_spec] [-E log_file] [-e escape_char] [-F configfile]\n"
    "                 [-i identity_file] [-J destination] [-l login_name] [-m mac_spec]\n"
    "                 [-o option] [-P tag] [-p port] [-Q query] [-S none] [-W host:port]\n"
    "                 destination [command [argument ...]]\n";

/* ---- places ---- */

void place_free(ssh_place *place)
{
    free(place->user);
    free(place->host);
    free(place->port);
    *place = (ssh_place){0};
}

bool place_is_host(const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c <= 0x20 || *c == 0x7F || strchr("'\"`$\\;&<>|(){},", *c))
            return false;
    }
    return *text && *text != '-';
}

bool place_parse(ssh_place *place, const char *text, bool port_allowed)
{
    bool uri = strncmp(text, "ssh://", 6) == 0;
    const char *start = uri ? text + 6 : text;
    const char *at = strrchr(start, '@');
    const char *host = at ? at + 1 : start;
    size_t len = strcspn(host, "/");
    const char *close = *host == '[' ? strchr(host, ']') : NULL;
    const char *colon = close ? (close[1] == ':' ? close + 1 : NULL) : strrchr(host, ':');
    *place = (ssh_place){0};
    if (!uri && !port_allowed)
        colon = close = NULL;
    if (!close && colon && !uri && strchr(host, ':') != colon)
        colon = NULL; /* a bare IPv6 address */
    if (uri && host[len] && host[len + 1])
        return false; /* a path makes no sense here */
    if (at)
        place->user = text_format("%.*s", (int)(at - start), start);
    if (colon)
        place->port = text_format("%.*s", (int)strcspn(colon + 1, "/"), colon + 1);
    if (close)
        place->host = text_format("%.*s", (int)(close - host - 1), host + 1);
    else
        place->host = text_format("%.*s",
                                  colon ? (int)(colon - host)
                                  : uri ? (int)len
                                        : (int)strlen(host),
                                  host);
    bool good = place->host && place_is_host(place->host) && (!at || (place->user && *place->user));
    if (!good)
        place_free(place);
    return good;
}

/* ---- flags ---- */

bool args_add_line(ssh_args *a, char *line)
{
    if (!line || a->line_count == ARGS_LINES_MAX) {
        free(line);
        return false;
    }
    a->lines[a->line_count++] = line;
    return true;
}

/* A value becomes one argument of a line, whatever is in it. */
bool args_add_value(ssh_args *a, const char *keyword, const char *value)
{
    char *quoted = malloc(2 * strlen(value) + 1);
    char *to = quoted;
    for (const char *from = value; to && *from; from++) {
        if (*from == '"' || *from == '\\')
            *to++ = '\\';
        *to++ = *from;
    }
    if (to)
        *to = 0;
    bool added = quoted && args_add_line(a, text_format("%s \"%s\"", keyword, quoted));
    free(quoted);
    return added;
}

/* What other commands and later versions of this one have. */
static const char *why_not(char flag)
{
    switch (flag) {
    case 'A':
        return "forwarding the agent is not supported yet";
    case 'D':
    case 'g':
    case 'L':
    case 'R':
        return "listening for connections to forward is not supported yet";
    case 'I':
        return "keys on smartcards are not supported yet";
    case 'K':
        return "logging in with Kerberos is not supported yet";
    case 'M':
    case 'O':
        return "sharing a connection is not supported yet";
    case 'w':
        return "forwarding network packets is not supported yet";
    case 'X':
    case 'Y':
        return "forwarding X11 is not supported yet";
    case '1':
        return "version 1 of the protocol is not safe and not supported";
    default:
        return NULL;
    }
}

static bool flag_alone(ssh_args *a, char flag)
{
    static const struct {
        char flag;
        const char *line;
    } lines[] = {
        {'4', "AddressFamily inet"},
        {'6', "AddressFamily inet6"},
        {'C', "Compression yes"},
        {'N', "SessionType none"},
        {'n', "StdinNull yes"},
        {'s', "SessionType subsystem"},
        {'T', "RequestTTY no"},
        {'f', "ForkAfterAuthentication yes"},
        {'a', "ForwardAgent no"},
        {'x', "ForwardX11 no"},
        {'k', "GSSAPIDelegateCredentials no"},
    };
    switch (flag) {
    case 'G':
        a->show_config = true;
        return true;
    case 'q':
        a->quiet = true;
        return true;
    case 't':
        a->ttys++;
        return true;
    case 'v':
        a->verbose++;
        return true;
    case 'y':
        a->to_syslog = true;
        return true;
    case '2':
        return true; /* there is no other version */
    default:
        break;
    }
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (lines[i].flag == flag)
            return args_add_line(a, text_format("%s", lines[i].line));
    }
    return false;
}

static int complain(char flag, const char *text)
{
    fprintf(stderr, "cleat ssh: -%c: %s\n", flag, text);
    return 255;
}

static int unknown(char flag)
{
    fprintf(stderr, "cleat ssh: -%c is no option\n%s", flag, usage);
    return 255;
}

/* -1 to go on. */
static int flag_with_value(ssh_args *a, char flag, const char *value)
{
    static const struct {
        char flag;
        const char *keyword;
    } keywords[] = {{'B', "BindInterface"}, {'b', "BindAddress"},  {'c', "Ciphers"},
                    {'e', "EscapeChar"},    {'i', "IdentityFile"}, {'J', "ProxyJump"},
                    {'l', "User"},          {'m', "MACs"},         {'P', "Tag"},
                    {'p', "Port"}};
    size_t i = 0;
    while (i < sizeof keywords / sizeof *keywords && keywords[i].flag != flag)
        i++;
    bool known = i < sizeof keywords / sizeof *keywords;
    if (!known && !strchr("EFoQSW", flag))
        return unknown(flag);
    if (!value)
        return complain(flag, "a value is missing");
    switch (flag) {
    case 'F':
        a->config_file = value;
        return -1;
    case 'E':
        a->log_file = value;
        return -1;
    case 'o':
        return args_add_line(a, text_format("%s", value)) ? -1 : complain(flag, "too many options");
    case 'Q':
        return query_print(value);
    case 'S':
        return strcmp(value, "none") == 0
                   ? -1
                   : complain(flag, "sharing a connection is not supported yet");
    case 'W':
        a->forward_to = value;
        return -1;
    default:
        return args_add_value(a, keywords[i].keyword, value) ? -1
                                                             : complain(flag, "too many options");
    }
}

static int help(void)
{
    printf("%s\nThe manual page cleat-ssh(1) says what the options do.\n", usage);
    return 0;
}

/* One word of flags at argv[*i]; -1 to go on. */
static int take_flags(ssh_args *a, int argc, char **argv, int *i)
{
    if (strcmp(argv[*i], "--help") == 0)
        return help();
    for (const char *p = argv[*i] + 1; *p; p++) {
        if (*p == 'V') {
            fputs("Cleat_" CLEAT_VERSION "\n", stderr);
            return 0;
        }
        if (*p == 'h')
            return help();
        if (flag_alone(a, *p))
            continue;
        if (why_not(*p))
            return complain(*p, why_not(*p));
        const char *value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
        return flag_with_value(a, *p, value);
    }
    return -1;
}

bool args_set_destination(ssh_args *a, const char *text)
{
    ssh_place place;
    if (!place_parse(&place, text, false))
        return false;
    a->host = place.host;
    a->user = place.user;
    bool good = !place.port || args_add_line(a, text_format("Port %s", place.port));
    free(place.port);
    return good;
}

static bool take_destination(ssh_args *a, const char *text)
{
    if (args_set_destination(a, text))
        return true;
    fprintf(stderr, "cleat ssh: \"%s\" is no destination ([user@]host)\n", text);
    return false;
}

/* Options may stand before and after the destination; the command begins after it. */
int args_parse(ssh_args *a, int argc, char **argv)
{
    int i = 1;
    for (; i < argc; i++) {
        bool is_flag = argv[i][0] == '-' && argv[i][1];
        if (is_flag && strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (!is_flag && a->host)
            break;
        int status = is_flag ? take_flags(a, argc, argv, &i) : -1;
        if (status >= 0)
            return status;
        if (!is_flag && !take_destination(a, argv[i]))
            return 255;
    }
    if (!a->host && i < argc && !take_destination(a, argv[i++]))
        return 255;
    if (!a->host) {
        fputs(usage, stderr);
        return 255;
    }
    if (a->ttys && !args_add_line(a, text_format("RequestTTY %s", a->ttys > 1 ? "force" : "yes")))
        return 255;
    a->command = text_join(argv + i, (size_t)(argc - i));
    return -1;
}

void args_free(ssh_args *a)
{
    for (size_t i = 0; i < a->line_count; i++)
        free(a->lines[i]);
    free(a->host);
    free(a->user);
    free(a->command);
}
