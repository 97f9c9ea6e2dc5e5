/* Signals by their names on the wire (RFC 4254 §6.10). */
#ifndef PORT_POSIX_SIGNALS_H
#define PORT_POSIX_SIGNALS_H

/* The number for "TERM", or 0 for a name that is not known here. */
int port_signal_number(const char *name);

/* The name for a number; static storage, never NULL. */
const char *port_signal_name(int number);

#endif
