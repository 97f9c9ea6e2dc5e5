/* The blob that hostkeys-prove-00@openssh.com has signed (OpenSSH's PROTOCOL §2.5). */
#ifndef MONITOR_PROVE_H
#define MONITOR_PROVE_H

#include <cleat/types.h>

/* Whether it is that of this connection and this key. */
bool monitor_is_prove(cleat_slice message, cleat_slice session_id, cleat_slice key_blob);

#endif
