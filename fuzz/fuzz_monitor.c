/* The messages between cleatd's processes: what decodes is encoded to the same bytes. */
#include "support_ctx.h"

#include "../monitor/messages.h"

#include <stdlib.h>
#include <string.h>

static void compare(cleat_slice bytes, monitor_packet *made)
{
    if (made->len != bytes.len)
        abort();
    monitor_packet_free(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cleat_slice bytes = {data, size};
    monitor_packet made;
    switch (monitor_number(bytes)) {
#define MSG(name, number_, sender_, states_)                                                       \
    case MONITOR_##name: {                                                                         \
        monitor_##name m;                                                                          \
        if (monitor_decode_##name(bytes, &m) == CLEAT_OK &&                                        \
            monitor_encode_##name(&made, &m) == CLEAT_OK)                                          \
            compare(bytes, &made);                                                                 \
        break;                                                                                     \
    }
#define END(name)
#define U32(field)
#define U64(field)
#define BOOL(field)
#define CHARS(field)
#define BYTES(field)
#define SECRET(field)
#include "../monitor/messages.def"
    default:
        break;
    }
    return 0;
}
