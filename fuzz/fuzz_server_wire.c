/* The server before authentication: any bytes from the wire. */
#include "support_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    engine_fuzz_wire(data, size, true);
    return 0;
}
