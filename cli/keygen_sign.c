/* `cleat keygen`: signatures. */
#include "keygen.h"

int keygen_sign(const keygen_options *o)
{
    (void)o;
    return keygen_fail("signatures are not built yet");
}
