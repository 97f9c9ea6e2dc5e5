/* The command: `cleat ssh ...`, or a link named as OpenSSH's program. */
#include "cmd.h"

#include "port.h"
#include "text.h"

#include <cleat/ctx.h>

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *link;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"ssh", "ssh", cmd_ssh, "log in, or run a command on another machine"},
    {"keyscan", "ssh-keyscan", cmd_keyscan, "show the keys of servers, for known_hosts"},
    {"keygen", "ssh-keygen", cmd_keygen, "make and manage keys and certificates"},
    {"scp", "scp", cmd_scp, "copy files from or to another machine"},
    {"sftp", "sftp", cmd_sftp, "look through and copy the files of another machine"},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int help(FILE *to)
{
    fprintf(to, "usage: cleat command [arguments]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "\n`cleat help command` tells more; `cleat --version` the version.\n");
    return to == stdout ? 0 : 255;
}

static int no_command(const char *name)
{
    fprintf(stderr, "cleat: \"%s\" is no command\n", name);
    return help(stderr);
}

/* `cleat help command` is `cleat command --help`. */
static int help_on(char *name)
{
    char *argv[] = {name, "--help", NULL};
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(2, argv);
    }
    return no_command(name);
}

int main(int argc, char **argv)
{
    cleat_error error = {0};
    cleat_status st = port_program_start(&argc, &argv, &error);
    if (st == CLEAT_OK)
        st = cleat_crypto_wipe_freed();
    if (st != CLEAT_OK) {
        fprintf(stderr, "cleat: %s\n", *error.text ? error.text : cleat_status_text(st));
        return 255;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (argc && strcmp(text_behind_slash(argv[0]), commands[i].link) == 0)
            return commands[i].run(argc, argv);
        if (argc > 1 && strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("%s\n", cleat_version());
        return 0;
    }
    bool is_help = argc > 1 && (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0);
    if (is_help && argc > 2)
        return help_on(argv[2]);
    if (is_help)
        return help(stdout);
    return argc > 1 ? no_command(argv[1]) : help(stderr);
}
