/* Certificates: as a line of text, and as the blob that travels on the wire. */
#include "support_ctx.h"

#include <cleat/cert.h>

static void use(cleat_cert *cert)
{
    cleat_bytes text = {0};
    cleat_cert_grant grant;
    const cleat_cert_use use = {.struct_size = sizeof use,
                                .kind = cleat_cert_get_facts(cert)->kind,
                                .name = "me",
                                .address = "192.0.2.1",
                                .now = 1700000000};
    cleat_status st = cleat_cert_check(cert, &use, &grant, NULL);
    if (st == CLEAT_OK)
        st = cleat_cert_write(cert, "fuzz", &text);
    if (st == CLEAT_OK)
        cleat_bytes_free(&text);
    cleat_cert_unref(cert);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleat_cert *cert;
    const cleat_slice all = {data, size};
    if (cleat_cert_read(&cert, fuzz_ctx(), all, NULL) == CLEAT_OK)
        use(cert);
    if (cleat_cert_from_blob(&cert, fuzz_ctx(), all, NULL) == CLEAT_OK)
        use(cert);
    return 0;
}
