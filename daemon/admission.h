/* Who may wait for a login: MaxStartups, PerSourceMaxStartups, PerSourcePenalties. */
#ifndef CLEATD_ADMISSION_H
#define CLEATD_ADMISSION_H

#include "server.h"

/* May one more from this address? If not, the log says why. */
bool admission_allows(const server *s, const cleat_stream_ends *ends);

/* The connection has ended: if that was before its login, it may count against its source. */
void admission_note_end(const connection *c, cleat_status why);

#endif
