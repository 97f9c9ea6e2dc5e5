/* What every parser's target needs. */
#include "support_ctx.h"

#include <stdlib.h>

cleat_ctx *fuzz_ctx(void)
{
    static cleat_ctx *ctx;
    if (!ctx && cleat_ctx_new(&ctx, NULL) != CLEAT_OK)
        abort();
    return ctx;
}

cleat_key *fuzz_key(void)
{
    static const char text[] =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUW"
        "FxgZGhscHR4f";
    static cleat_key *key;
    if (!key &&
        cleat_key_read_public(&key, fuzz_ctx(), cleat_slice_of(text), NULL, NULL) != CLEAT_OK)
        abort();
    return key;
}

cleat_cert *fuzz_cert(void)
{
    static const char text[] =
        "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29"
        "tAAAAIGKnYvd4cvDn6T4lkZp80gXd5I5qCWRjwnXfh2Y5xFjeAAAAIFDAnvNLTVB/xpVNt2w05YyCTGM"
        "5ZuJMMzhQb63SNwh5AAAAAAAAAAcAAAABAAAADHVzZXIgZWQyNTUxOQAAAA0AAAACbWUAAAADeW91AAA"
        "AAF4L4QAAAAAAcNvYgAAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl"
        "0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1"
        "pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIO/"
        "x2KkqLKyU+7kUGVgDRusq7k4cRmNFKUWK9cdnwOH8AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEDrG1ARKzp"
        "Ws6N05zC6t9YAc+C6F4Kp4KV9e2fZc2mFNfiBANNrM5EzgpKMH52c8VGAJH6XDCbQV69GdqhRJYsD";
    static cleat_cert *cert;
    if (!cert && cleat_cert_read(&cert, fuzz_ctx(), cleat_slice_of(text), NULL) != CLEAT_OK)
        abort();
    return cert;
}
