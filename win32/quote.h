/* Command lines: Windows hands a program one string, which the program takes apart by itself. */
#ifndef PORT_WIN32_QUOTE_H
#define PORT_WIN32_QUOTE_H

/* One argument, quoted so that the C library's rules (and CommandLineToArgvW's) give it back.
 * Released with free; NULL when memory is out. */
char *port_quote(const char *argument);

/* The command line that has `shell` run `command`; NULL runs it interactively. cmd.exe follows
 * rules of its own: what stands between the outer quotes is taken as it is. `option` NULL is "/c"
 * for cmd.exe, "-c" for any other. Released with free; NULL when memory is out. */
char *port_shell_line(const char *shell, const char *option, const char *command);

#endif
