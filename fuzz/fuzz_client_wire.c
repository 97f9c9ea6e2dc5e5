/* The client before authentication: any bytes from the wire. */
#include "support_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    engine_fuzz_wire(data, size, false);
    return 0;
}
