/* X.509 certificates as they travel, checked with an authority and its revocation list, and held
 * against names; and the files that they are read from. */
#include "support_ctx.h"

#include <cleat/x509.h>

#include <stdlib.h>
#include <string.h>

/* tests/data/x509/root.pem and below.crl: those whom the seeds are by. */
static const char trusted[] = "-----BEGIN CERTIFICATE-----\n"
                              "MIIBhjCCASygAwIBAgIUPVMwUi6EHiUM7W2UvDN23QIin4AwCgYIKoZIzj0EAwIw\n"
                              "ITEQMA4GA1UECgwHRXhhbXBsZTENMAsGA1UEAwwEUm9vdDAeFw0yMDAxMDEwMDAw\n"
                              "MDBaFw00NTAxMDEwMDAwMDBaMCExEDAOBgNVBAoMB0V4YW1wbGUxDTALBgNVBAMM\n"
                              "BFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS8LhJmL8gFJqOIWCvtq8aM\n"
                              "x1FmR3eHvj6bULIibmUrFtg/vJLQyAFESqDlkEZJ1/jE6Gc9cUjIP4dGpYodHuSM\n"
                              "o0IwQDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBQVmwYiSNJptkd+bH70vLKQ\n"
                              "dfiUJjAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIhAOwPBQHAFWfC\n"
                              "qqwKQk6Y21r7PJRmpwsxaBl21VGpiQmFAiBA/i24SSxrGBFEVlVkimGHZ0IkXK52\n"
                              "UrHsISnpsxLMWg==\n"
                              "-----END CERTIFICATE-----\n"
                              "-----BEGIN X509 CRL-----\n"
                              "MIHSMHoCAQEwCgYIKoZIzj0EAwIwIjEQMA4GA1UECgwHRXhhbXBsZTEOMAwGA1UE\n"
                              "AwwFVXNlcnMXDTIzMTIzMTAwMDAwMFoXDTQ1MDEwMTAwMDAwMFowJzAlAhRM9+Er\n"
                              "+GoCA4n3h2Z05NCcW14mOxcNMjMxMjMxMDAwMDAwWjAKBggqhkjOPQQDAgNIADBF\n"
                              "AiEA28qDiACyRy7KOOhDGOTrCk4DVjZfOCKlYvoE7EtpuQwCIFVDc7Qs5SH62Brf\n"
                              "T+5B8pFJXAhHetlLF4qEeizNXmNy\n"
                              "-----END X509 CRL-----\n";

static const cleat_x509_store *authorities(void)
{
    static cleat_x509_store *store;
    const cleat_slice file = cleat_slice_of(trusted);
    if (!store && (cleat_x509_store_new(&store, fuzz_ctx()) != CLEAT_OK ||
                   cleat_x509_store_add(store, file, NULL) != CLEAT_OK ||
                   cleat_x509_store_add_crl(store, file, NULL) != CLEAT_OK))
        abort();
    return store;
}

static void read_chain(cleat_slice blob, const char *pattern)
{
    cleat_x509 *chain;
    cleat_bytes again = {0};
    const cleat_x509_use use = {.struct_size = sizeof use,
                                .kind = CLEAT_CERT_USER,
                                .now = 1704153600,
                                .purposes = "any",
                                .rsa_min_bits = 1024,
                                .security_level = 1};
    if (cleat_x509_from_blob(&chain, fuzz_ctx(), blob, NULL) != CLEAT_OK)
        return;
    const char *algorithm = cleat_x509_pick_algorithm(chain, NULL, NULL);
    cleat_status st = cleat_x509_check(chain, authorities(), &use, NULL);
    (void)cleat_x509_names_host(chain, "host.example");
    (void)cleat_x509_names_user(chain, "email upn@corp.example dns cn", "alice");
    st = cleat_x509_match_subject(chain, pattern);
    if (algorithm)
        st = cleat_x509_write(chain, algorithm, &again);
    (void)st;
    cleat_bytes_free(&again);
    cleat_x509_unref(chain);
}

static void read_file(cleat_slice file)
{
    cleat_x509_store *store;
    cleat_x509 *chain;
    if (cleat_x509_store_new(&store, fuzz_ctx()) != CLEAT_OK)
        return;
    cleat_status st = cleat_x509_store_add(store, file, NULL);
    st = cleat_x509_store_add_crl(store, file, NULL);
    st = cleat_x509_read(&chain, fuzz_key(), file, NULL, 0, NULL);
    if (st == CLEAT_OK)
        cleat_x509_unref(chain);
    cleat_x509_store_unref(store);
}

/* A file; a blob; or a pattern of subjects, a zero byte and a blob. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cleat_slice all = {data, size};
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    read_file(all);
    read_chain(all, "C=DE,O=Example,*");
    if (zero)
        read_chain((cleat_slice){zero + 1, size - (size_t)(zero + 1 - data)}, (const char *)data);
    return 0;
}
