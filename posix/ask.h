/* What asking on the terminal and by a program share. */
#ifndef CLEAT_POSIX_ASK_H
#define CLEAT_POSIX_ASK_H

/* port_ask_give_up's half for programs. */
void port_askpass_give_up(void);

#endif
