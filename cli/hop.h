/* What is known about one host before a connection is made: its configuration, and the values that
 * follow from it. */
#ifndef CLEAT_CLI_HOP_H
#define CLEAT_CLI_HOP_H

#include "ssh.h"

/* The destination, from the command line and the files; and all the jump hosts before it, from the
 * files alone. They are put into r->hops. CLEAT_E_CONFIG and others with error. */
CLEAT_MUST_USE cleat_status hops_resolve(ssh_run *r, cleat_error *error);
void hop_free(ssh_hop *h);

/* Puts the lists of algorithms that are in force in place of the configuration's, for -G. */
cleat_status hop_spell_out_algorithms(ssh_hop *h, cleat_error *error);

/* The value's i-th argument with tokens, ${NAME} and ~ replaced as the keyword allows; free().
 * NULL when there is none; a mistake is said. */
char *hop_value(const ssh_hop *h, const char *keyword, size_t i);

/* The same of any text, as if it were the keyword's value. `more` are tokens beyond the common
 * ones; NULL ends the list. */
char *hop_expand(const ssh_hop *h, const char *keyword, const char *text,
                 const cleat_config_token *more, size_t more_count);

/* Closes the conversation with the agent, if there is one. */
void hop_drop_agent(ssh_hop *h);

/* Shorter names for what is asked most. */
bool hop_flag(const ssh_hop *h, const char *keyword);
int64_t hop_number(const ssh_hop *h, const char *keyword);
const char *hop_text(const ssh_hop *h, const char *keyword);

#endif
