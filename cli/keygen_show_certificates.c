#include "keygen.h"

int keygen_show_certificates(const keygen_options *o)
{
    (void)o;
    return keygen_fail("certificates are not built yet");
}
