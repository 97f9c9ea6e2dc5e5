/* One run of `cleat sftp`. Commands are straight lines: each request turns the loop until its
 * answer is there, so that the connection lives on meanwhile. */
#ifndef CLEAT_CLI_SFTP_H
#define CLEAT_CLI_SFTP_H

#include "local_file.h"
#include "progress.h"
#include "remote.h"

#include <cleat/glob.h>
#include <cleat/transfer.h>

#include <stdio.h>

typedef struct sftp {
    remote remote;
    uv_loop_t *loop;
    char *path;        /* of the command line: a file to get, or a folder to begin in; NULL: none */
    char *target;      /* what path is fetched to; NULL: its own name */
    const char *batch; /* -b: "-" for stdin; NULL: none */
    FILE *input;
    bool quiet, batch_mode;
    cleat_transfer_options options; /* -a, -f, -p, -r, -l, -R, -B */
    progress progress;
    bool show_progress;
    char *home, *cwd; /* of the server */
    cleat_transfer *transfer;
    uv_signal_t interrupted;
    bool ready, gone, stopped; /* stopped: by an interrupt */
    bool failed;               /* the command */
    bool quit;
} sftp;

/* ---- sftp_args.c ---- */

/* -1: go on; else the status to exit with. */
int sftp_args_parse(sftp *s, int argc, char **argv);
void sftp_args_free(sftp *s);

/* ---- sftp_run.c ---- */

/* Commands until there are no more; the status to exit with. */
int sftp_run(sftp *s);

/* Connects, and finds out where the server begins. False: it has been said why not; sftp_close in
 * any case. */
bool sftp_open(sftp *s, uv_loop_t *loop);

/* Says goodbye. The loop is to be run to its end then, and again after remote_finish. */
void sftp_close(sftp *s);

/* Turns the loop until the flag is set. False: the connection has gone, or an interrupt came. */
bool sftp_until(sftp *s, const bool *flag);

/* Says what is wrong with the command, which has failed then. */
void sftp_fail(sftp *s, const char *format, ...) CLEAT_PRINTF(2, 3);

/* ---- sftp_words.c ---- */

enum { SFTP_WORDS_MAX = 256 };

/* A word of a command, as it is meant. */
typedef struct sftp_word {
    char *text;
    bool quoted; /* patterns in it are none */
} sftp_word;

typedef struct sftp_words {
    sftp_word list[SFTP_WORDS_MAX];
    size_t count;
    size_t last, last_end; /* where in the line the last one begins and ends */
    char open;             /* the quote that it has not ended; 0: none */
} sftp_words;

/* Blanks separate words; quotes and backslashes keep them together. NULL, or what is wrong. */
const char *sftp_words_split(sftp_words *w, const char *line);
void sftp_words_free(sftp_words *w);

/* ---- sftp_commands.c ---- */

/* One command. False: it is not known, or not used well, which has been said. */
void sftp_command(sftp *s, const char *line);

typedef struct sftp_call {
    sftp *s;
    char flags[16]; /* those that were given */
    sftp_word *args;
    size_t count;
} sftp_call;

bool sftp_has_flag(const sftp_call *c, char flag);

/* The i-th command's name; NULL past the end. local: its arguments are files of this machine. */
const char *sftp_command_name(size_t i, bool *local);

/* ---- sftp_ask.c ---- */

/* What became of a request. Texts are copies. */
typedef struct sftp_answer {
    cleat_sftp_waiter waiter; /* first */
    bool done;
    uint32_t code;
    char *text;
    char *name;             /* the first */
    size_t name_count;      /* of this answer */
    cleat_sftp_attrs attrs; /* without its slices */
    cleat_sftp_file handle;
    cleat_sftp_statvfs statvfs;
    void (*on_accounts)(void *user, const char *const *names, size_t count);
    void (*on_names)(void *user, const cleat_sftp_name *names, size_t count);
    void *user;
} sftp_answer;

/* Waits for the answer to a request with `a` as its tag, of which st is what became of making it.
 * True for CLEAT_SFTP_OK. */
bool sftp_ask(sftp *s, sftp_answer *a, cleat_status st);
void sftp_answer_init(sftp_answer *a);
void sftp_answer_free(sftp_answer *a);

/* Asks for the names in an open folder, for a->on_names, until *enough. True: those are all. */
bool sftp_read_names(sftp *s, sftp_answer *a, const cleat_sftp_file *handle, const bool *enough);

/* Why there is no success. */
const char *sftp_why(const sftp_answer *a);

/* Made absolute by where we are; to be freed. */
char *sftp_absolute(const sftp *s, const char *path);

bool sftp_stat(sftp *s, const char *path, bool follow, cleat_sftp_attrs *attrs);
bool sftp_is_directory(sftp *s, const char *path);

/* Asks for the path as the server writes it, links resolved where there is something; of which this
 * is what became of making the request. */
CLEAT_MUST_USE cleat_status sftp_realpath(sftp *s, const char *path, sftp_answer *a);

/* Whether both are the same file, whatever links lead there; from and to are sessions with one
 * machine. Two names of one file (hard links) are not found out. */
bool sftp_is_same_file(sftp *from, const char *source, sftp *to, const char *target);

/* The path without the current folder in front of it. */
const char *sftp_as_typed(const sftp *s, const char *path);

/* Paths that match, absolute and sorted; given back by cleat_glob_free_paths. The word itself
 * where it is no pattern. */
char **sftp_matches(sftp *s, const sftp_word *word, size_t *count);

/* Says that nothing matches, which after an interrupt nobody knows. */
void sftp_no_match(sftp *s, const sftp_word *word);

/* ---- sftp_owners.c ---- */

enum { SFTP_OWNERS_MAX = 512 }; /* one request asks for 1024 together */

/* Ids of users, or of groups, and what they are called. */
typedef struct sftp_ids {
    uint32_t list[SFTP_OWNERS_MAX];
    char *names[SFTP_OWNERS_MAX]; /* NULL: not known */
    size_t count;
} sftp_ids;

/* Ids beyond the most stay numbers. */
void sftp_ids_add(sftp_ids *ids, uint32_t id);

/* Asks the server for the names (users-groups-by-id@openssh.com), if it knows them. */
void sftp_ask_owners(sftp *s, sftp_ids *users, sftp_ids *groups);
const char *sftp_id_name(const sftp_ids *ids, uint32_t id);
void sftp_ids_clear(sftp_ids *ids);

/* ---- sftp_copy.c ---- */

/* A transfer of the library that a command waits for: the user of its callbacks. */
typedef struct sftp_wait {
    sftp *s;
    bool done;
} sftp_wait;

void sftp_on_done(void *user, cleat_transfer *t, const cleat_error *why);

/* After s->transfer was started. */
void sftp_wait_for(sftp_wait *w);

/* ---- sftp_tree.c ---- */

/* Folders with their parents, and with all that is in them: mkdir -p and rm -r. */
void sftp_make_with_parents(sftp *s, const char *path);
void sftp_remove_tree(sftp *s, const char *path);

/* ---- sftp_local.c ---- */

/* As local_matches; the connection lives on meanwhile, and an interrupt ends the search. */
CLEAT_MUST_USE cleat_status sftp_local_matches(sftp *s, local_paths *found, const char *pattern,
                                               cleat_error *error);

/* ---- the commands ---- */

void sftp_cd(const sftp_call *c);
void sftp_pwd(const sftp_call *c);
void sftp_mkdir(const sftp_call *c);
void sftp_rmdir(const sftp_call *c);
void sftp_rm(const sftp_call *c);
void sftp_rename(const sftp_call *c);
void sftp_ln(const sftp_call *c);
void sftp_symlink(const sftp_call *c);
void sftp_chmod(const sftp_call *c);
void sftp_chown(const sftp_call *c);
void sftp_chgrp(const sftp_call *c);
void sftp_df(const sftp_call *c);
void sftp_cp(const sftp_call *c);
void sftp_version(const sftp_call *c);
void sftp_toggle_progress(const sftp_call *c);
void sftp_help(const sftp_call *c);
void sftp_quit(const sftp_call *c);
void sftp_ls(const sftp_call *c);
void sftp_get(const sftp_call *c);
void sftp_reget(const sftp_call *c);
void sftp_put(const sftp_call *c);
void sftp_reput(const sftp_call *c);
void sftp_lcd(const sftp_call *c);
void sftp_lpwd(const sftp_call *c);
void sftp_lls(const sftp_call *c);
void sftp_lmkdir(const sftp_call *c);
void sftp_lumask(const sftp_call *c);
void sftp_shell(sftp *s, const char *command); /* "" for a shell */

/* ---- sftp_complete.c ---- */

/* What could stand in place of the line from that byte on, as port_completer has it. */
char **sftp_complete(sftp *s, const char *line, size_t from);

#endif
