/* `cleat ssh -Q`: what this build can do. */
#ifndef CLEAT_CLI_QUERY_H
#define CLEAT_CLI_QUERY_H

/* Prints a list, one name a line; returns the status to exit with. */
int query_print(const char *what);

#endif
