/* The monitor beside a worker: signs key exchanges of all its clients. */
#ifndef CLEATD_SHARED_MONITOR_H
#define CLEATD_SHARED_MONITOR_H

#include "part.h"

/* Serves clients that the listener, at the other end of that socket, tells of, until there will be
 * no more and the last has gone. The socket is taken. Does not come back. */
_Noreturn void shared_monitor_main(server *s, int listener);

#endif
