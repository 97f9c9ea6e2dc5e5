/* What tests/main.c needs from the platform. */
#ifndef TESTS_SUITES_H
#define TESTS_SUITES_H

/* A crash ends the program with a status of its own instead of a dialogue or a debugger. */
void tests_end_on_crash(void);

#endif
