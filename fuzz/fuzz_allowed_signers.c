/* allowed_signers, asked for a key and for a certificate, in all three ways. */
#include "support_ctx.h"

#include <cleat/sshsig.h>

#include <stdlib.h>

/* By the authority whose key is
 * AAAAC3NzaC1lZDI1NTE5AAAAIO/x2KkqLKyU+7kUGVgDRusq7k4cRmNFKUWK9cdnwOH8, for me and you. */
static const char certificate[] =
    "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29"
    "tAAAAIGKnYvd4cvDn6T4lkZp80gXd5I5qCWRjwnXfh2Y5xFjeAAAAIFDAnvNLTVB/xpVNt2w05YyCTGM"
    "5ZuJMMzhQb63SNwh5AAAAAAAAAAcAAAABAAAADHVzZXIgZWQyNTUxOQAAAA0AAAACbWUAAAADeW91AAA"
    "AAF4L4QAAAAAAcNvYgAAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl"
    "0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1"
    "pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIO/"
    "x2KkqLKyU+7kUGVgDRusq7k4cRmNFKUWK9cdnwOH8AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEDrG1ARKzp"
    "Ws6N05zC6t9YAc+C6F4Kp4KV9e2fZc2mFNfiBANNrM5EzgpKMH52c8VGAJH6XDCbQV69GdqhRJYsD";

static void ask(cleat_slice file, const cleat_key *key, const cleat_cert *cert)
{
    const cleat_signer_facts signer = {.struct_size = sizeof signer,
                                       .key = key,
                                       .cert = cert,
                                       .name_space = "file",
                                       .when = 1700000000};
    cleat_bytes names = {0};
    cleat_bytes problems = {0};
    unsigned line;
    cleat_status st =
        cleat_allowed_signers_check(fuzz_ctx(), file, "fuzz", "me", &signer, &line, &problems);
    if ((st == CLEAT_OK) != (line != 0))
        abort();
    cleat_bytes_free(&problems);
    st = cleat_allowed_signers_find(fuzz_ctx(), file, "fuzz", &signer, &names, &problems);
    if ((st == CLEAT_OK) != (names.len != 0))
        abort();
    cleat_bytes_free(&problems);
    cleat_bytes_free(&names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cleat_cert *cert;
    const cleat_slice file = {data, size};
    cleat_bytes patterns = {0};
    if (!cert && cleat_cert_read(&cert, fuzz_ctx(), cleat_slice_of(certificate), NULL) != CLEAT_OK)
        return 0;
    ask(file, fuzz_key(), NULL);
    ask(file, cleat_cert_key(cert), cert);
    cleat_status st = cleat_allowed_signers_match(fuzz_ctx(), file, "fuzz", "me", &patterns, NULL);
    if ((st == CLEAT_OK) != (patterns.len != 0))
        abort();
    cleat_bytes_free(&patterns);
    return 0;
}
