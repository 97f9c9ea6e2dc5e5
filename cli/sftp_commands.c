/* The commands of `cleat sftp`: their names, flags and arguments, in one table. */
#include "sftp.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct command {
    const char *name;
    void (*run)(const sftp_call *c);
    const char *flags;
    size_t least, most; /* arguments */
    bool local;         /* they are files of this machine */
    const char *usage, *help;
} command;

enum { ANY = SFTP_WORDS_MAX };

static const command commands[] = {
    {"bye", sftp_quit, "", 0, 0, false, "bye", "end"},
    {"cd", sftp_cd, "", 0, 1, false, "cd [path]", "change the folder of the server"},
    {"chgrp", sftp_chgrp, "h", 2, ANY, false, "chgrp [-h] group path ...", "change the group"},
    {"chmod", sftp_chmod, "h", 2, ANY, false, "chmod [-h] mode path ...", "change permissions"},
    {"chown", sftp_chown, "h", 2, ANY, false, "chown [-h] owner path ...", "change the owner"},
    {"copy", sftp_cp, "afpPRr", 2, ANY, false, "copy [-afpR] old ... new",
     "copy within the server"},
    {"cp", sftp_cp, "afpPRr", 2, ANY, false, "cp [-afpR] old ... new", "the same"},
    {"df", sftp_df, "hi", 0, 1, false, "df [-hi] [path]", "show how much room there is"},
    {"dir", sftp_ls, "1afhlnrSt", 0, ANY, false, "dir [-1afhlnrSt] [path ...]", "list a folder"},
    {"exit", sftp_quit, "", 0, 0, false, "exit", "end"},
    {"get", sftp_get, "afpPRr", 1, 2, false, "get [-afpR] remote [local]", "fetch files"},
    {"help", sftp_help, "", 0, 1, false, "help", "show this"},
    {"?", sftp_help, "", 0, 1, false, "?", "the same"},
    {"lcd", sftp_lcd, "", 0, 1, true, "lcd [path]", "change the folder here"},
    {"lls", sftp_lls, NULL, 0, ANY, true, "lls [arguments]", "list a folder here"},
    {"lmkdir", sftp_lmkdir, "", 1, 1, true, "lmkdir path", "make a folder here"},
    {"ln", sftp_ln, "s", 2, 2, false, "ln [-s] old new", "give a file another name"},
    {"lpwd", sftp_lpwd, "", 0, 0, true, "lpwd", "show the folder here"},
    {"ls", sftp_ls, "1afhlnrSt", 0, ANY, false, "ls [-1afhlnrSt] [path ...]", "list a folder"},
    {"lumask", sftp_lumask, "", 1, 1, true, "lumask mask", "change the umask here"},
    {"mget", sftp_get, "afpPRr", 1, 2, false, "mget [-afpR] remote [local]", "fetch files"},
    {"mkdir", sftp_mkdir, "p", 1, 1, false, "mkdir [-p] path", "make a folder"},
    {"mput", sftp_put, "afpPRr", 1, 2, true, "mput [-afpR] local [remote]", "send files"},
    {"progress", sftp_toggle_progress, "", 0, 0, false, "progress", "show progress or not"},
    {"put", sftp_put, "afpPRr", 1, 2, true, "put [-afpR] local [remote]", "send files"},
    {"pwd", sftp_pwd, "", 0, 0, false, "pwd", "show the folder of the server"},
    {"quit", sftp_quit, "", 0, 0, false, "quit", "end"},
    {"reget", sftp_reget, "fpPRr", 1, 2, false, "reget [-fpR] remote [local]",
     "go on fetching what has broken off"},
    {"rename", sftp_rename, "l", 2, 2, false, "rename [-l] old new", "rename a file"},
    {"reput", sftp_reput, "fpPRr", 1, 2, true, "reput [-fpR] local [remote]",
     "go on sending what has broken off"},
    {"rm", sftp_rm, "r", 1, ANY, false, "rm [-r] path ...", "remove files"},
    {"rmdir", sftp_rmdir, "", 1, ANY, false, "rmdir path ...", "remove empty folders"},
    {"symlink", sftp_symlink, "", 2, 2, false, "symlink old new", "make a symbolic link"},
    {"version", sftp_version, "", 0, 0, false, "version", "show the protocol's version"},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

const char *sftp_command_name(size_t i, bool *local)
{
    if (i >= COMMANDS)
        return NULL;
    *local = commands[i].local;
    return commands[i].name;
}

void sftp_help(const sftp_call *c)
{
    (void)c;
    for (size_t i = 0; i < COMMANDS; i++)
        printf("%-32s %s\n", commands[i].usage, commands[i].help);
    printf("%-32s %s\n%-32s %s\n", "!command", "run a command here", "!", "a shell here");
}

/* ---- a line ---- */

static const command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (text_same(commands[i].name, name))
            return &commands[i];
    }
    return NULL;
}

bool sftp_has_flag(const sftp_call *c, char flag)
{
    return strchr(c->flags, flag) != NULL;
}

/* Flags before the arguments, up to "--". */
static bool take_flags(sftp_call *c, const command *what)
{
    size_t used = 0;
    for (; what->flags && c->count && c->args[0].text[0] == '-' && c->args[0].text[1] &&
           !c->args[0].quoted;
         c->args++, c->count--) {
        const char *flag = c->args[0].text + 1;
        if (strcmp(flag, "-") == 0) {
            c->args++;
            c->count--;
            break;
        }
        for (; *flag; flag++) {
            if (!strchr(what->flags, *flag)) {
                sftp_fail(c->s, "%s: -%c is no flag of it: %s", what->name, *flag, what->usage);
                return false;
            }
            if (!strchr(c->flags, *flag) && used + 1 < sizeof c->flags)
                c->flags[used++] = *flag;
        }
    }
    return true;
}

static void run_words(sftp *s, sftp_words *w)
{
    const command *what = find(w->list[0].text);
    sftp_call c = {.s = s, .args = w->list + 1, .count = w->count - 1};
    if (!what) {
        sftp_fail(s, "%s: there is no such command; help lists them", w->list[0].text);
        return;
    }
    if (!take_flags(&c, what))
        return;
    if (c.count < what->least || c.count > what->most)
        sftp_fail(s, "usage: %s", what->usage);
    else
        what->run(&c);
}

void sftp_command(sftp *s, const char *line)
{
    sftp_words w;
    line += strspn(line, " \t");
    if (!*line || *line == '#')
        return;
    if (*line == '!') {
        sftp_shell(s, line + 1 + strspn(line + 1, " \t"));
        return;
    }
    const char *why = sftp_words_split(&w, line);
    if (why)
        sftp_fail(s, "%s", why);
    else if (w.count)
        run_words(s, &w);
    sftp_words_free(&w);
}
