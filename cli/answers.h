/* What the server asks the user during authentication. */
#ifndef CLEAT_CLI_ANSWERS_H
#define CLEAT_CLI_ANSWERS_H

#include "ssh.h"

/* CLEAT_LOGIN_NEED_PASSWORD, CLEAT_EV_AUTH_PROMPT, CLEAT_EV_AUTH_CHANGE. */
void answer_password(ssh_hop *h);
void answer_prompt(ssh_hop *h, const cleat_event *ev);
void answer_change(ssh_hop *h, const cleat_event *ev);
void answers_forget(ssh_hop *h);

/* Nothing is left to log in with. */
void log_in_failed(ssh_hop *h);

#endif
