/* What the tests need to say differently on each platform. Chosen at run time, so that the same
 * test files serve everywhere. */
#ifndef TESTS_PORT_DIALECT_H
#define TESTS_PORT_DIALECT_H

#include "port.h"

typedef struct dialect {
    bool is_windows;
    const char *shell;
    const char *missing_shell;
    const char *show_value;     /* prints the variable CLEAT_TEST */
    const char *show_directory; /* prints the working directory */
    const char *to_stderr;      /* prints "oops" there */
    const char *copy_input;     /* copies a line or more from stdin to stdout */
    const char *linger;         /* runs until it is ended */
    const char *show_file;      /* prints the file named after it */
    const char *pty_shell;      /* on a terminal: the command of an interactive shell */
    const char *askpass_name;   /* a program file ... */
    const char *askpass_text;   /* ... that prints its argument, then its hint; fails on "no" */
} dialect;

const dialect *port_dialect(void);

/* A new empty directory, absolute; the caller frees it with port_free after remove_tree. */
char *make_scratch(void);
void remove_tree(const char *directory);

/* directory + '/' + name; freed with port_free. */
char *below(const char *directory, const char *name);

/* Writes a file the plain way. */
void put_file(const char *path, const char *text);

/* The whole environment with CLEAT_TEST=value, as port_command wants it. Static storage. */
const char *const *environment_with_value(const char *value);

#endif
