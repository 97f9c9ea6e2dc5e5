/* Key revocation lists, asked about a key and about a certificate. */
#include "support_ctx.h"

#include <cleat/store.h>

static const char certificate[] =
    "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29"
    "tAAAAIGKnYvd4cvDn6T4lkZp80gXd5I5qCWRjwnXfh2Y5xFjeAAAAIFDAnvNLTVB/xpVNt2w05YyCTGM"
    "5ZuJMMzhQb63SNwh5AAAAAAAAAAcAAAABAAAADHVzZXIgZWQyNTUxOQAAAA0AAAACbWUAAAADeW91AAA"
    "AAF4L4QAAAAAAcNvYgAAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl"
    "0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1"
    "pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIO/"
    "x2KkqLKyU+7kUGVgDRusq7k4cRmNFKUWK9cdnwOH8AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEDrG1ARKzp"
    "Ws6N05zC6t9YAc+C6F4Kp4KV9e2fZc2mFNfiBANNrM5EzgpKMH52c8VGAJH6XDCbQV69GdqhRJYsD";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cleat_cert *cert;
    const cleat_slice file = {data, size};
    if (!cert && cleat_cert_read(&cert, fuzz_ctx(), cleat_slice_of(certificate), NULL) != CLEAT_OK)
        return 0;
    (void)cleat_key_is_revoked(fuzz_ctx(), file, fuzz_key(), NULL);
    (void)cleat_key_is_revoked(fuzz_ctx(), file, cleat_cert_key(cert), cert);
    return 0;
}
