#include "keygen.h"

int keygen_moduli(const keygen_options *o)
{
    (void)o;
    return keygen_fail("groups are not built yet");
}
