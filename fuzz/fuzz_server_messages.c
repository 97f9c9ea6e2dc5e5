/* The server behind the key exchange, before and after authentication: any messages. */
#include "support_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    engine_fuzz_messages(data, size, true);
    return 0;
}
