/* Both engines joined in memory, one of which turns hostile. */
#ifndef FUZZ_SUPPORT_ENGINE_H
#define FUZZ_SUPPORT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first byte says from which delivery on the input replaces what the wire brings to the server
 * (or the client): version lines, KEXINIT, the key exchange, and damaged packets after it. */
void engine_fuzz_wire(const uint8_t *data, size_t size, bool to_server);

/* The input is a list of messages (two bytes of length each), which the other side sends, sealed
 * as they should be: the first byte's lowest bit says whether once there are keys, or once the
 * session is open. */
void engine_fuzz_messages(const uint8_t *data, size_t size, bool to_server);

#endif
