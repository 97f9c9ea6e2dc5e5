/* Logins in memory, before the first client comes. */
#ifndef CLEATD_REHEARSAL_H
#define CLEATD_REHEARSAL_H

#include <cleat/ctx.h>

/* Goes through key exchange and login with itself. What libraries set up at their first use is then
 * there, and shared by all processes that split off later, which saves each its time and memory. A
 * failure is of no consequence. */
void rehearse(cleat_ctx *ctx);

#endif
