/* Result codes. One list gives number, name, sentence and the disconnect reason that a
 * connection sends when it ends for that cause (RFC 4253 §11.1). */
#ifndef CLEAT_STATUS_H
#define CLEAT_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define CLEAT_MUST_USE __attribute__((warn_unused_result))
#define CLEAT_API __attribute__((visibility("default")))
#else
#define CLEAT_MUST_USE
#define CLEAT_API
#endif

/* GCC takes plain "printf" for the platform's dialect, which on Windows knows no %zu; the formats
 * here are C's own everywhere. */
#if defined(__clang__)
#define CLEAT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#elif defined(__GNUC__)
#define CLEAT_PRINTF(fmt, args) __attribute__((format(gnu_printf, fmt, args)))
#else
#define CLEAT_PRINTF(fmt, args)
#endif

/* XX(name, number, sentence, SSH disconnect reason) */
#define CLEAT_STATUS_MAP(XX)                                                                       \
    XX(OK, 0, "success", 11)                                                                       \
    XX(PENDING, 1, "the answer comes later", 11)                                                   \
    XX(E_INTERNAL, -1, "internal error", 2)                                                        \
    XX(E_NOMEM, -2, "out of memory", 2)                                                            \
    XX(E_BAD_CALL, -3, "the call is not allowed here or has a bad argument", 2)                    \
    XX(E_UNSUPPORTED, -4, "not supported", 2)                                                      \
    XX(E_LIMIT, -5, "a limit was reached", 2)                                                      \
    XX(E_STALE, -6, "no query with this id waits for an answer", 2)                                \
    XX(E_CRYPTO, -7, "the cryptographic library reported a failure", 2)                            \
    XX(E_RANDOM, -8, "the random source failed", 2)                                                \
    XX(E_TRUNCATED, -10, "data ends too early", 2)                                                 \
    XX(E_FORMAT, -11, "malformed data", 2)                                                         \
    XX(E_PROTO, -12, "protocol error", 2)                                                          \
    XX(E_VERSION, -13, "the peer does not speak SSH 2.0", 8)                                       \
    XX(E_NO_COMMON_ALG, -14, "no common algorithm", 3)                                             \
    XX(E_KEX, -15, "key exchange failed", 3)                                                       \
    XX(E_MAC, -16, "message authentication failed", 5)                                             \
    XX(E_COMPRESSION, -17, "compressed data is malformed", 6)                                      \
    XX(E_HOSTKEY, -18, "the host key was not accepted", 9)                                         \
    XX(E_AUTH, -19, "permission denied", 14)                                                       \
    XX(E_TOO_MANY_TRIES, -20, "too many authentication failures", 2)                               \
    XX(E_SERVICE, -21, "service not available", 7)                                                 \
    XX(E_TIMEOUT, -22, "timed out", 2)                                                             \
    XX(E_DISCONNECTED, -23, "the peer disconnected", 11)                                           \
    XX(E_EOF, -24, "the connection was closed", 10)                                                \
    XX(E_CANCELLED, -25, "cancelled", 13)                                                          \
    XX(E_SIGNATURE, -26, "the signature is wrong", 2)                                              \
    XX(E_KEY_FORMAT, -30, "not a key that can be read", 2)                                         \
    XX(E_KEY_ENCRYPTED, -31, "the private key needs a passphrase", 2)                              \
    XX(E_PASSPHRASE, -32, "wrong passphrase", 2)                                                   \
    XX(E_KEY_WEAK, -33, "the key is too short", 2)                                                 \
    XX(E_NO_SUCH, -34, "not found", 2)                                                             \
    XX(E_CONFIG, -35, "configuration error", 2)                                                    \
    XX(E_PERMISSION, -36, "permission refused", 15)                                                \
    XX(E_IO, -37, "input/output error", 10)                                                        \
    XX(E_RESOLVE, -38, "the host name could not be resolved", 10)                                  \
    XX(E_CONNECT, -39, "could not connect", 10)                                                    \
    XX(E_CHANNEL_OPEN, -40, "the channel could not be opened", 2)                                  \
    XX(E_REQUEST_REFUSED, -41, "the request was refused", 2)                                       \
    XX(E_CLOSED, -42, "closed", 2)                                                                 \
    XX(E_EXISTS, -43, "exists already", 2)

typedef enum cleat_status {
#define CLEAT_STATUS_ENUM(name, number, sentence, reason) CLEAT_##name = (number),
    CLEAT_STATUS_MAP(CLEAT_STATUS_ENUM)
#undef CLEAT_STATUS_ENUM
} cleat_status;

/* "E_MAC" for CLEAT_E_MAC; "E_UNKNOWN" for a number that is not in the list. Static storage. */
CLEAT_API const char *cleat_status_name(cleat_status status);

/* A short lower-case English sentence without full stop. Static storage. */
CLEAT_API const char *cleat_status_text(cleat_status status);

#ifdef __cplusplus
}
#endif
#endif
