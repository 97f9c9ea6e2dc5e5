/* Configuration files in the syntax that ssh_config(5) and sshd_config(5) share. What may stand in
 * one is a table of keywords; what one said is a cleat_config, from which a program reads typed
 * values by keyword. The library opens no file: content comes in as memory, and Include and Match
 * are the caller's callbacks. */
#ifndef CLEAT_CONFIG_H
#define CLEAT_CONFIG_H

#include <cleat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- tables ----------------------------------------------------------------------------------
 */

typedef enum cleat_config_type {
    CLEAT_CONFIG_FLAG,    /* yes or no; true and false are the same */
    CLEAT_CONFIG_WORD,    /* one of the row's words */
    CLEAT_CONFIG_INT,     /* a whole number from min to max, octal after a leading 0 with OCTAL */
    CLEAT_CONFIG_TIME,    /* "90", "1h30m": seconds */
    CLEAT_CONFIG_REKEY,   /* bytes ("512M", "default", "none") and a time or "none" after it */
    CLEAT_CONFIG_TEXT,    /* one argument */
    CLEAT_CONFIG_COMMAND, /* the rest of the line as it stands, quotes and all */
    CLEAT_CONFIG_LIST,    /* one or more arguments */
    CLEAT_CONFIG_ALGORITHMS, /* one argument: a comma list that may begin with + - or ^ */
    CLEAT_CONFIG_ALIAS       /* another spelling of the keyword named in `words` */
} cleat_config_type;

enum {
    CLEAT_CONFIG_COLLECT = 1 << 0,   /* each line adds; otherwise the first line counts */
    CLEAT_CONFIG_IN_MATCH = 1 << 1,  /* may stand in a Match block where the table restricts that */
    CLEAT_CONFIG_TILDE = 1 << 2,     /* a path: the program replaces a leading ~ */
    CLEAT_CONFIG_ENV = 1 << 3,       /* the program replaces ${NAME} */
    CLEAT_CONFIG_NO_EFFECT = 1 << 4, /* understood, and noted that nothing comes of it yet */
    CLEAT_CONFIG_REFUSED = 1 << 5,   /* an error unless one of `words`: leaving it out is unsafe */
    CLEAT_CONFIG_IGNORED = 1 << 6,   /* of old versions: read and forgotten without a word */
    CLEAT_CONFIG_OCTAL = 1 << 7,     /* INT: written in base 8 */
    CLEAT_CONFIG_MERGE = 1 << 8,     /* COLLECT: lines outside of blocks add to those of blocks */
    CLEAT_CONFIG_WORDS = 1 << 9 /* COMMAND: up to a comment, and with one blank between words */
};

/* A keyword. */
typedef struct cleat_config_row {
    const char *name;
    cleat_config_type type;
    unsigned flags;
    /* WORD: the words, comma-separated, '|' between spellings of one. INT and TIME: words that are
     * allowed instead of a number and mean 0. REFUSED: the harmless values. ALIAS: the keyword. */
    const char *words;
    int64_t min, max;     /* INT and TIME; max 0: no limit */
    const char *fallback; /* value when no line gives one, as it would be written; NULL: none */
    const char *tokens;   /* letters of the %-tokens that the program replaces; NULL: none */
    const char *unless;   /* a line is ignored where this other keyword was set before; or NULL */
    const char *help;
} cleat_config_row;

/* A word that may stand on a Match line. */
typedef struct cleat_config_criterion {
    const char *name;
    bool argument; /* a value follows */
} cleat_config_criterion;

/* A program's keywords, and what Match lines may ask. */
typedef struct cleat_config_table {
    const cleat_config_row *rows;
    size_t count;
    const cleat_config_criterion *criteria;
    size_t criterion_count;
    bool host_blocks;    /* Host lines begin blocks */
    bool match_by_flag;  /* in Match blocks only rows with IN_MATCH may stand */
    const char *skipped; /* keyword whose value lists patterns of keywords to be skipped; or NULL */
} cleat_config_table;

/* ssh_config(5), and sshd_config(5). */
CLEAT_API const cleat_config_table *cleat_config_client_table(void);
CLEAT_API const cleat_config_table *cleat_config_server_table(void);

/* The row of that name or alias, case ignored; NULL when there is none. */
CLEAT_API const cleat_config_row *cleat_config_find(const cleat_config_table *table,
                                                    const char *keyword);

/* ---- reading ---------------------------------------------------------------------------------
 */

typedef struct cleat_config cleat_config;

/* The table must live as long as the object. mem NULL: malloc and free. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_config_new(cleat_config **out,
                                                       const cleat_allocator *mem,
                                                       const cleat_config_table *table);
CLEAT_API void cleat_config_free(cleat_config *c);

/* One criterion of a Match line. */
typedef struct cleat_config_question {
    const char *criterion; /* as in the table; never "all" */
    const char *argument;  /* NULL where the criterion takes none */
    bool decided;          /* the line cannot match any more: only mistakes are of interest */
} cleat_config_question;

/* Hands one included file in. */
typedef struct cleat_config_reading cleat_config_reading;
CLEAT_API CLEAT_MUST_USE cleat_status cleat_config_included(cleat_config_reading *reading,
                                                            const char *file, cleat_slice text,
                                                            cleat_error *error);

/* Which lines of a file count. In sshd_config a block that matches counts more than what stands
 * outside of blocks, wherever it stands: so BLOCKS is read first, then OUTSIDE. What BLOCKS has set
 * is closed afterwards, even if it collects, unless it has MERGE. */
typedef enum cleat_config_scope {
    CLEAT_CONFIG_ALL,
    CLEAT_CONFIG_BLOCKS, /* those in Match blocks that match */
    CLEAT_CONFIG_OUTSIDE /* those outside of Match blocks */
} cleat_config_scope;

/* What the world looks like to a file that is read. All callbacks may be NULL: then Include is an
 * error, and no criterion but "all" matches. */
typedef struct cleat_config_host {
    size_t struct_size;
    void *user;
    const char *host; /* what Host patterns are held against; NULL: none matches but by "*" */
    cleat_config_scope scope;

    /* Finds the files that the pattern of an Include line means, and calls cleat_config_included
     * for each in order; the first status other than CLEAT_OK ends that. `from` is the file that
     * the line stands in. */
    cleat_status (*include)(void *user, const char *pattern, const char *from,
                            cleat_config_reading *reading, cleat_error *error);

    /* *matches comes in as false. */
    cleat_status (*match)(void *user, const cleat_config *c, const cleat_config_question *question,
                          bool *matches, cleat_error *error);

    /* What the program knows beyond the table about a value that is right by it. Asked about every
     * line, whether it counts or not. */
    cleat_status (*check)(void *user, const cleat_config_row *row, const char *const *items,
                          size_t count, cleat_error *error);
} cleat_config_host;

/* Reads a file's content. Values that are there already stay, so what counts most is read first. An
 * error's text begins with "file line N: ", whatever it is about. CLEAT_E_CONFIG for mistakes. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_config_read(cleat_config *c, const char *file,
                                                        cleat_slice text,
                                                        const cleat_config_host *host,
                                                        cleat_error *error);

/* One line "Keyword value" or "Keyword=value", as after -o. `origin` stands for the file's name. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_config_set(cleat_config *c, const char *origin,
                                                       const char *line, cleat_error *error);

/* True when a Match line has been read, whether it matched or not. */
CLEAT_API bool cleat_config_has_match(const cleat_config *c);

/* Replaces the value by one argument, taken as it is: what the program has computed. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_config_put(cleat_config *c, const char *keyword,
                                                       const char *value, cleat_error *error);

/* ---- values ----------------------------------------------------------------------------------
 * `keyword` must be in the table and no alias. What is handed out lives as long as the object, or
 * until the keyword is put anew. */

/* A line gave it. */
CLEAT_API bool cleat_config_is_set(const cleat_config *c, const char *keyword);

/* FLAG: 0 or 1. WORD: the word's place in the row. INT, TIME: the number. REKEY: bytes, 0 for the
 * default. Else, and without any value: 0. */
CLEAT_API int64_t cleat_config_number(const cleat_config *c, const char *keyword);
CLEAT_API bool cleat_config_flag_of(const cleat_config *c, const char *keyword);

/* The first argument (of a WORD its first spelling); NULL without any value. */
CLEAT_API const char *cleat_config_text(const cleat_config *c, const char *keyword);

/* All arguments, of all lines where they collect. */
CLEAT_API size_t cleat_config_count(const cleat_config *c, const char *keyword);
CLEAT_API const char *cleat_config_item(const cleat_config *c, const char *keyword, size_t i);

/* "file line N" of the line that gave the value; "" for none. */
CLEAT_API const char *cleat_config_origin(const cleat_config *c, const char *keyword);

/* What was read and has no effect, a sentence each that begins "file line N: "; NULL past the end.
 */
CLEAT_API const char *cleat_config_note(const cleat_config *c, size_t i);

/* Every keyword with a value, one call for each line "keyword value", in the table's order. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_config_dump(const cleat_config *c,
                                                        void (*line)(void *user, const char *text),
                                                        void *user);

/* ---- tokens ----------------------------------------------------------------------------------
 */

/* What a %-token stands for. */
typedef struct cleat_config_token {
    char letter;
    const char *value; /* NULL: not known here, an error where it is used */
} cleat_config_token;

/* How `${NAME}` gets its value; NULL when there is none, an error. */
typedef const char *(*cleat_config_env)(void *user, const char *name);

/* Replaces what the row allows of %-tokens (`allowed` holds their letters, "%%" is always one) and,
 * unless env is NULL, ${NAME}. *out is released with mem, or free() where mem is NULL. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_config_expand(char **out, const cleat_allocator *mem,
                                                          const char *text, const char *allowed,
                                                          const cleat_config_token *tokens,
                                                          size_t count, cleat_config_env env,
                                                          void *env_user, cleat_error *error);

/* What %C stands for: a hash of the local host's name, the host, port, user and jump hosts. */
#define CLEAT_CONNECTION_ID_MAX 41

/* Writes it to out, as text. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_config_connection_id(cleat_ctx *ctx,
                                                                 const char *local_host,
                                                                 const char *host, const char *port,
                                                                 const char *user, const char *jump,
                                                                 char out[CLEAT_CONNECTION_ID_MAX]);

#ifdef __cplusplus
}
#endif
#endif
