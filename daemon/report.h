/* What the server tells about itself: `cleatd status` by StatusSocket, figures by MetricsAddress.
 */
#ifndef CLEATD_REPORT_H
#define CLEATD_REPORT_H

#include "server.h"

typedef struct report report;

/* Opens what these rules want, beside what is open. On an error all stays as it was, else it is to
 * be committed or cancelled before the loop goes on. */
CLEAT_MUST_USE cleat_status report_prepare(server *s, const rules *r, cleat_error *error);

/* Tells where these rules say, and nowhere else. */
void report_commit(const server *s);

/* Closes what has been prepared. */
void report_cancel(const server *s);

/* Tells no more. `remove`: the sockets' files go, too. */
void report_stop(server *s, bool remove);

/* In a process that has split off: closes its sockets. NULL is fine. */
void report_let_go(const report *r);

/* Why it is no such value; NULL: it is one. */
const char *report_metrics_fault(const char *value);

/* ---- for a program that takes this one's place, and in it ---- */

enum { REPORT_SOCKETS_MAX = 2 };

/* Adds the sockets to the list, and to `places` (which is taken) what report_take_over has to know
 * of them; to be freed. NULL without memory. */
char *report_sockets(const report *r, char *places, int *sockets, size_t *count);

/* How many of those that port_service_sockets tells are such. */
unsigned report_inherited(void);

/* Goes on telling where the other program does. */
CLEAT_MUST_USE cleat_status report_take_over(server *s, cleat_error *error);

/* ---- report_show.c ---- */

/* cleatd status: the program's exit status. */
int report_show(const rules *r);

/* ---- report_text.c ---- */

/* To be freed; NULL without memory. */
char *report_status(const server *s);
char *report_metrics(const server *s);

#endif
