/* What a server tells whoever asks, without a login: the keys by which it proves itself, and how a
 * user may log in. cleat_scan is one connection on a loop of libuv's; cleat_easy_scan in easy.h
 * asks for all at once and blocks. */
#ifndef CLEAT_SCAN_H
#define CLEAT_SCAN_H

#include <cleat/uv.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_scan cleat_scan;

/* Zero means default for every member but `to`. Everything is copied, `ctx` is referenced. */
typedef struct cleat_scan_options {
    size_t struct_size;
    const cleat_dial_options *to; /* whom to connect to, and how */
    cleat_ctx *ctx;               /* NULL: the defaults */
    uint32_t timeout_ms;          /* without a sign from the server; 0: 5 seconds */
    const char *key_types; /* of the key that is wanted, comma-separated ("ssh-rsa"); NULL: the
                              server's best */
    bool certificate;      /* a certificate of such a key is wanted instead */
    const char *user;      /* whose methods are asked for, by trying "none" (RFC 4252 §5.2); NULL:
                              nobody's. The name goes to whatever server answers */
} cleat_scan_options;

/* What has been found. Borrowed for the call. */
typedef struct cleat_scan_result {
    const char *version;   /* the server's identification line; NULL: none has come */
    const char *algorithm; /* by which it has proved itself; NULL: it has not */
    cleat_slice host_key;  /* the key, or the certificate if the algorithm is one's
                              (cleat_cert_is_name). The server has signed with it; whether it is the
                              right one nobody has checked */
    const char *methods;   /* that the user may begin with, comma-separated; NULL: not known */
    bool let_in;           /* the user needs none: the server lets anybody in */
} cleat_scan_result;

/* error->status is CLEAT_OK when all is there that was asked for. Otherwise error says why not, and
 * `found` holds what came before:
 *
 *   CLEAT_E_RESOLVE, CLEAT_E_CONNECT   the server cannot be reached
 *   CLEAT_E_TIMEOUT         timeout_ms have passed without a sign
 *   CLEAT_E_NO_COMMON_ALG   it has no such key
 *   others                  the connection has broken, or what answers is no SSH server */
typedef void (*cleat_scan_cb)(void *user, const cleat_scan_result *found, const cleat_error *error);

/* Connects and asks. done is called once, from the loop; the scan is freed after it. Any other
 * status than CLEAT_OK: done is not called. CLEAT_E_UNSUPPORTED where this build knows none of
 * the types. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_scan_start(cleat_scan **out, uv_loop_t *loop,
                                                       const cleat_scan_options *options,
                                                       cleat_scan_cb done, void *user,
                                                       cleat_error *error);

/* Ends and frees a scan that has not called back; it will not. The loop still has to run for its
 * connection to close. */
CLEAT_API void cleat_scan_cancel(cleat_scan *s);

#ifdef __cplusplus
}
#endif
#endif
