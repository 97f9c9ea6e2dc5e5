/* Authorities of X.509 from files. Blocks while it reads. */
#ifndef CLEAT_X509_FILES_H
#define CLEAT_X509_FILES_H

#include <cleat/x509.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cleat_x509_content {
    CLEAT_X509_AUTHORITIES, /* certificates: cleat_x509_store_add */
    CLEAT_X509_CRLS         /* revocation lists: cleat_x509_store_add_crl */
} cleat_x509_content;

/* Adds what stands in a file, or in the files of a directory that are named by hashes as openssl
 * rehash does it: "0123abcd.0" has certificates, "0123abcd.r0" revocation lists. Other files there
 * are passed over. CLEAT_E_NO_SUCH: there is no such file, or nothing in it; otherwise the
 * statuses of reading files and of cleat_x509_store_add. error names the file. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_x509_store_load(cleat_x509_store *store,
                                                            cleat_x509_content content,
                                                            const char *path, cleat_error *error);

#ifdef __cplusplus
}
#endif
#endif
