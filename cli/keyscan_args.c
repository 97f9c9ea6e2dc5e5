/* The command line of `cleat keyscan`. */
#include "keyscan.h"
#include "text.h"

#include <cleat/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SSH_PORT = 22, TIMEOUT_S = 5, VERBOSE_MAX = 3, FAILED = 255 };

const keyscan_type keyscan_types[KEYSCAN_TYPES] = {
    {"rsa", "ssh-rsa", true},
    {"ecdsa", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521", true},
    {"ed25519", "ssh-ed25519", true},
    {"ed448", "ssh-ed448", false},
};

static const char usage[] =
    "usage: cleat keyscan [-46cDHhqv] [-f file] [-O option] [-p port] [-T timeout] [-t type]\n"
    "                     [host | addrlist namelist]\n";

static int fail(const char *format, const char *value)
{
    fprintf(stderr, "cleat keyscan: ");
    fprintf(stderr, format, value);
    fprintf(stderr, "\n");
    return FAILED;
}

/* ---- values ---- */

static bool add_type(keyscan_options *o, const char *name)
{
    for (size_t i = 0; i < KEYSCAN_TYPES; i++) {
        if (!text_same(name, keyscan_types[i].name) &&
            !text_list_has(keyscan_types[i].key_types, name))
            continue;
        o->types[i] = true;
        return true;
    }
    return false;
}

static int set_types(keyscan_options *o, const char *list)
{
    char *name;
    memset(o->types, 0, sizeof o->types);
    for (size_t i = 0; (name = text_piece(list, i)) != NULL; i++) {
        bool known = add_type(o, name);
        int status = known ? -1 : fail("-t %s: keys of this type are not known", name);
        free(name);
        if (!known)
            return status;
    }
    return -1;
}

static int set_timeout(keyscan_options *o, const char *value)
{
    uint32_t seconds;
    if (!cleat_config_time(value, &seconds) || !seconds || seconds > UINT32_MAX / 1000)
        return fail("-T %s: a time is expected, such as 5 or 1m30s", value);
    o->timeout_ms = seconds * 1000;
    return -1;
}

static int set_port(keyscan_options *o, const char *value)
{
    uint32_t port;
    if (!text_number(value, UINT16_MAX, &port) || !port)
        return fail("-p %s: a port is a number up to 65535", value);
    o->port = (uint16_t)port;
    return -1;
}

static int set_option(keyscan_options *o, const char *value)
{
    o->sha1 = text_same(value, "hashalg=sha1");
    o->sha256 = text_same(value, "hashalg=sha256");
    return o->sha1 || o->sha256 ? -1
                                : fail("-O %s: hashalg=sha1 or hashalg=sha256 is expected", value);
}

static int add_file(keyscan_options *o, const char *path)
{
    if (o->file_count == KEYSCAN_FILES_MAX)
        return fail("-f %s: too many files", path);
    o->files[o->file_count++] = path;
    return -1;
}

/* ---- flags ---- */

static bool flag_alone(keyscan_options *o, char flag)
{
    switch (flag) {
    case '4':
        o->family = AF_INET;
        return true;
    case '6':
        o->family = AF_INET6;
        return true;
    case 'c':
        o->certificates = true;
        return true;
    case 'D':
        o->records = true;
        return true;
    case 'H':
        o->hashed = true;
        return true;
    case 'q':
        o->quiet = true;
        return true;
    case 'v':
        o->verbose += o->verbose < VERBOSE_MAX;
        return true;
    default:
        return false;
    }
}

static const struct {
    char flag;
    int (*set)(keyscan_options *o, const char *value);
} with_value[] = {
    {'f', add_file}, {'O', set_option}, {'p', set_port}, {'T', set_timeout}, {'t', set_types}};

static int complain(char flag, const char *problem)
{
    fprintf(stderr, "cleat keyscan: -%c %s\n%s", flag, problem, usage);
    return 1;
}

static int flag_with_value(keyscan_options *o, char flag, const char *value)
{
    for (size_t i = 0; i < sizeof with_value / sizeof *with_value; i++) {
        if (with_value[i].flag == flag)
            return value ? with_value[i].set(o, value) : complain(flag, "needs a value");
    }
    return complain(flag, "is no option");
}

static int help(void)
{
    printf("%s\nThe manual page cleat-keyscan(1) says what the options do.\n", usage);
    return 0;
}

/* One word of flags at argv[*i]; -1 to go on. */
static int take_flags(keyscan_options *o, char **argv, int *i)
{
    if (strcmp(argv[*i], "--help") == 0)
        return help();
    for (const char *p = argv[*i] + 1; *p; p++) {
        if (*p == 'h')
            return help();
        if (flag_alone(o, *p))
            continue;
        return flag_with_value(o, *p, p[1] ? p + 1 : argv[*i + 1] ? argv[++*i] : NULL);
    }
    return -1;
}

int keyscan_parse(keyscan_options *o, int argc, char **argv)
{
    int i = 1;
    o->port = SSH_PORT;
    o->timeout_ms = TIMEOUT_S * 1000;
    for (size_t k = 0; k < KEYSCAN_TYPES; k++)
        o->types[k] = keyscan_types[k].usual;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] && strcmp(argv[i], "--") != 0; i++) {
        int status = take_flags(o, argv, &i);
        if (status >= 0)
            return status;
    }
    i += i < argc && strcmp(argv[i], "--") == 0;
    o->hosts = argv + i;
    if (i < argc || o->file_count)
        return -1;
    fputs(usage, stderr);
    return 1;
}
