/* `cleat keygen`: known hosts. */
#include "keygen.h"

int keygen_hosts(const keygen_options *o)
{
    (void)o;
    return keygen_fail("known hosts are not built yet");
}
