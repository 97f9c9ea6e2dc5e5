/* `cleat keygen`: lists of revoked keys. */
#include "keygen.h"

int keygen_krl(const keygen_options *o)
{
    (void)o;
    return keygen_fail("lists of revoked keys are not built yet");
}
