/* Terminal modes on the wire (RFC 4254 §8) and in a termios. */
#ifndef PORT_POSIX_TERM_MODES_H
#define PORT_POSIX_TERM_MODES_H

#include <cleat/types.h>
#include <termios.h>

/* Applies encoded modes. Opcodes without a meaning here are skipped; the list ends at its 0, at an
 * opcode of 160 or more (whose argument's length nobody knows), or where it is cut off. */
void port_modes_apply(struct termios *tio, cleat_slice encoded);

/* Encodes all modes, the closing 0 included, into `out` of `room` bytes; returns the length. */
size_t port_modes_encode(const struct termios *tio, uint8_t *out, size_t room);

#endif
