/* The blocking layer: connect, run a command, read and write a stream, one call after another.
 *
 *     cleat_easy *e;
 *     cleat_error error;
 *     cleat_easy_result result;
 *     const cleat_easy_options to = {.struct_size = sizeof to, .host = "example.org"};
 *     if (cleat_easy_connect(&e, &to, &error) != CLEAT_OK)
 *         return complain(error.text);
 *     if (cleat_easy_exec(&result, e, "uname -a", NULL, &error) == CLEAT_OK)
 *         fwrite(result.out, 1, result.out_len, stdout);
 *     cleat_easy_result_free(&result);
 *     cleat_easy_close(e);
 *
 * Each connection brings its own loop, so any number may be in use at once, each in one thread at a
 * time; there is no state beside them. A connection through a jump host belongs to the jump host's
 * thread. Between the calls nothing is sent or received: a server that wants signs of life, or new
 * keys, gets them at the next call.
 *
 * Wherever an `error` may be passed, NULL is fine. Its text is a sentence for the user that says
 * what to do; words of the server's in it are not escaped. A program on POSIX should ignore
 * SIGPIPE, as every program that writes to sockets should. */
#ifndef CLEAT_EASY_H
#define CLEAT_EASY_H

#include <cleat/cert.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_easy cleat_easy;

/* ---- what is asked back ------------------------------------------------------------------------
 * Both callbacks are called within cleat_easy_connect; their time does not count. */

typedef enum cleat_easy_host_answer {
    CLEAT_EASY_REFUSE = 0,
    CLEAT_EASY_ACCEPT,  /* for this connection */
    CLEAT_EASY_REMEMBER /* and add the key to the known_hosts file */
} cleat_easy_host_answer;

/* A host of which no known_hosts file has a key of this type. Borrowed for the call. */
typedef struct cleat_easy_host {
    const char *host;
    uint16_t port;
    const cleat_key *key;
    const char *fingerprint; /* "SHA256:..." */
} cleat_easy_host;

typedef enum cleat_easy_question_type {
    CLEAT_EASY_PASSPHRASE = 1, /* of a key file */
    CLEAT_EASY_PASSWORD,       /* of the user */
    CLEAT_EASY_NEW_PASSWORD,   /* the old one has expired (RFC 4252 §8) */
    CLEAT_EASY_PROMPT          /* one of keyboard-interactive (RFC 4256) */
} cleat_easy_question_type;

/* Borrowed for the call. */
typedef struct cleat_easy_question {
    cleat_easy_question_type type;
    const char *text; /* to show: ours, or the server's with control characters taken out */
    const char *file; /* PASSPHRASE: the key file's name; else NULL */
    bool echo;        /* the answer may be seen while it is typed */
    unsigned attempt; /* from 1; more after wrong answers */
} cleat_easy_question;

/* Room for an answer with its final zero. */
#define CLEAT_EASY_ANSWER_MAX 1024

/* ---- connecting --------------------------------------------------------------------------------
 */

/* Zero means default for every member; only `host` is required. Everything is borrowed for the call
 * of cleat_easy_connect but `ctx` (referenced) and `jump` (see there). */
typedef struct cleat_easy_options {
    size_t struct_size;
    const char *host;    /* name or address */
    uint16_t port;       /* 0: 22 */
    const char *user;    /* NULL: the user that runs the program */
    uint32_t timeout_ms; /* from here to being logged in; 0: 60 seconds. The system's name lookup
                            cannot be interrupted and may take longer */
    cleat_ctx *ctx;      /* log, allocator, randomness; NULL: the defaults */
    cleat_easy *jump;    /* goes through this connection (direct-tcpip); it must stay open as long
                            as this one is in use */

    /* Is it the right host? A key of known_hosts says so, or a certificate by an authority of its
     * @cert-authority lines. A changed or revoked key is always refused. */
    const char *known_hosts; /* file; NULL: the user's and the system's; "none": no file */
    /* For a host that is not known; NULL: refuse. */
    cleat_easy_host_answer (*check_host)(void *callback_user, const cleat_easy_host *host);

    /* Who are we? Keys are tried first, then the password. */
    const char *const *key_files; /* NULL-terminated; NULL: id_ed25519, id_ecdsa, id_rsa, id_ed448
                                     in ~/.ssh, where they exist */
    const char *agent;            /* its socket; NULL: SSH_AUTH_SOCK's (on Windows OpenSSH's pipe);
                                     "none": no agent */
    const char *password;         /* tried once, before `ask` is called for one */
    /* Writes the answer, NUL-terminated, to `answer`, which has room for CLEAT_EASY_ANSWER_MAX
     * bytes and is wiped afterwards. False: no answer; what it was for is given up. NULL: never
     * any. */
    bool (*ask)(void *callback_user, const cleat_easy_question *question, char *answer,
                size_t room);
    void *callback_user;

    /* OpenSSH's syntax (see cleat_policy_set); NULL: the defaults. */
    const char *kex, *ciphers, *macs;
    const char *host_keys; /* signature names by which the host may prove itself */
    const char *user_keys; /* signature names that our keys may be used with */
    bool compress;
} cleat_easy_options;

/* Connects, checks the host and logs in. *out is NULL unless CLEAT_OK is returned.
 *
 *   CLEAT_E_RESOLVE, CLEAT_E_CONNECT   the host cannot be reached
 *   CLEAT_E_NO_COMMON_ALG, CLEAT_E_KEX, CLEAT_E_VERSION   no common language
 *   CLEAT_E_HOSTKEY    the host is not known, or not the one it was
 *   CLEAT_E_AUTH       nothing that we have lets us in
 *   CLEAT_E_TIMEOUT    it took longer than timeout_ms
 *   CLEAT_E_BAD_CALL   an option is missing or of a newer version
 *   others             as the engine and the system give them */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_connect(cleat_easy **out,
                                                         const cleat_easy_options *options,
                                                         cleat_error *error);

/* Says goodbye and frees the connection with the streams that are left. NULL is fine. */
CLEAT_API void cleat_easy_close(cleat_easy *e);

/* The engine's connection, borrowed, for what it tells (conn.h: negotiated algorithms, host key,
 * peer's version); NULL once the connection has ended. */
CLEAT_API cleat_conn *cleat_easy_conn(const cleat_easy *e);

/* ---- a command ---------------------------------------------------------------------------------
 */

typedef struct cleat_easy_exec_options {
    size_t struct_size;
    const void *input; /* the command's standard input; NULL and 0: empty */
    size_t input_len;
    size_t output_max;   /* bytes of output and errors together; 0: 16 MiB */
    uint32_t timeout_ms; /* for all of it, opening the channel included; 0: no limit */
} cleat_easy_exec_options;

typedef struct cleat_easy_result {
    char *out, *err; /* a zero byte follows each; NULL when memory is out */
    size_t out_len, err_len;
    int status;      /* exit status; -1: none came, as after a signal */
    char signal[32]; /* that ended it, without "SIG"; "" for none */
} cleat_easy_result;

/* Runs a command and waits for its end. A command that fails is no error: see result.status.
 * *result is filled whatever is returned, with the output until then, and must be freed by
 * cleat_easy_result_free. options may be NULL.
 *
 *   CLEAT_E_TIMEOUT           after timeout_ms; the channel is closed, the connection goes on
 *   CLEAT_E_LIMIT             more output than output_max; likewise
 *   CLEAT_E_CHANNEL_OPEN      the server opens no session
 *   CLEAT_E_REQUEST_REFUSED   the server runs no such command
 *   others                    the connection is gone */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_exec(cleat_easy_result *result, cleat_easy *e,
                                                      const char *command,
                                                      const cleat_easy_exec_options *options,
                                                      cleat_error *error);

/* Empties the struct. NULL and a zeroed struct are fine. */
CLEAT_API void cleat_easy_result_free(cleat_easy_result *result);

/* ---- streams -----------------------------------------------------------------------------------
 * A process or a TCP connection on the other side. What it sends while we write is kept, up to the
 * channel's window; so a peer that reads nothing until its own output has been read can block us:
 * set a timeout where that may happen. */

typedef struct cleat_easy_stream cleat_easy_stream;

/* Starts a command; NULL: the user's shell, without a terminal. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_start(cleat_easy_stream **out, cleat_easy *e,
                                                       const char *command, cleat_error *error);

/* The server connects to host and port for us (direct-tcpip, RFC 4254 §7.2). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_open_tcp(cleat_easy_stream **out, cleat_easy *e,
                                                          const char *host, uint16_t port,
                                                          cleat_error *error);

/* How long each later call on the stream may take: CLEAT_E_TIMEOUT then, and the stream is still
 * good. 0, as at first: no limit. */
CLEAT_API void cleat_easy_stream_timeout(cleat_easy_stream *s, uint32_t timeout_ms);

/* Waits for bytes: 1 to room of them come, *n tells how many. *n 0 with CLEAT_OK: the peer sends no
 * more. *which is CLEAT_STREAM_DATA or CLEAT_STREAM_STDERR (channel.h); where it is NULL, errors
 * are thrown away. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_read(size_t *n, cleat_easy_stream *s, void *data,
                                                      size_t room, uint32_t *which,
                                                      cleat_error *error);

/* Sends all of it. CLEAT_E_CLOSED when the peer takes no more. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_write(cleat_easy_stream *s, const void *data,
                                                       size_t len, cleat_error *error);

/* We send no more; reading goes on. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_eof(cleat_easy_stream *s, cleat_error *error);

/* Sends eof, throws away what was not read and waits for the end of the process. *status as in
 * cleat_easy_result. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_finish(int *status, cleat_easy_stream *s,
                                                        cleat_error *error);

/* Closes and frees. NULL is fine. */
CLEAT_API void cleat_easy_stream_close(cleat_easy_stream *s);

/* ---- looking at a server ------------------------------------------------------------------------
 * Without a login, and without knowing whether it is the right one. */

/* Zero means default for every member; only `host` is required. */
typedef struct cleat_easy_scan_options {
    size_t struct_size;
    const char *host;    /* name or address */
    uint16_t port;       /* 0: 22 */
    uint32_t timeout_ms; /* that the server may be silent; 0: 5 seconds */
    cleat_ctx *ctx;      /* NULL: the defaults */
    bool certificates;   /* its keys' certificates are asked for, too */
    const char *user; /* whose methods are asked for; NULL: nobody's. The server learns the name */
} cleat_easy_scan_options;

/* As many as there are types. */
#define CLEAT_EASY_HOST_KEYS_MAX 16

/* What a server has told. The server has signed with each of its keys, alone or in a certificate;
 * nobody has checked whether they are the right ones. */
typedef struct cleat_easy_server {
    char *version; /* its identification line, "SSH-2.0-..." */
    cleat_key *keys[CLEAT_EASY_HOST_KEYS_MAX];
    size_t key_count;
    cleat_cert *certs[CLEAT_EASY_HOST_KEYS_MAX];
    size_t cert_count;
    char *methods; /* the user may begin with, comma-separated; NULL: not asked for */
    bool let_in;   /* the user needs none of them */
} cleat_easy_server;

/* Asks with a few connections at once. *server is filled whatever is returned, with what was
 * learned, and must be freed by cleat_easy_server_free. CLEAT_OK when there is a key, and methods
 * if they were asked for; else the status of what stood in the way. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_scan(cleat_easy_server *server,
                                                      const cleat_easy_scan_options *options,
                                                      cleat_error *error);

/* Empties the struct. NULL and a zeroed struct are fine. */
CLEAT_API void cleat_easy_server_free(cleat_easy_server *server);

/* ---- for small servers --------------------------------------------------------------------------
 */

/* Reads a private key file without a passphrase, or makes one with a new Ed25519 key, for this
 * user's eyes only, where there is none: a host key for the first start. ctx may be NULL. The key
 * is the caller's. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_easy_host_key(cleat_key **out, cleat_ctx *ctx,
                                                          const char *path, cleat_error *error);

#ifdef __cplusplus
}
#endif
#endif
