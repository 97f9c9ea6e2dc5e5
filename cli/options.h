/* What the command line and ssh_config say about one connection. */
#ifndef CLEAT_CLI_OPTIONS_H
#define CLEAT_CLI_OPTIONS_H

#include <cleat/store.h>

enum { OPTIONS_LIST_MAX = 64 };

typedef struct text_list {
    char *items[OPTIONS_LIST_MAX];
    size_t count;
} text_list;

typedef enum host_checking { CHECK_ASK, CHECK_YES, CHECK_ACCEPT_NEW, CHECK_NO } host_checking;
typedef enum want_tty { TTY_AUTO, TTY_NO, TTY_YES, TTY_FORCE } want_tty;

typedef struct ssh_options {
    char *host;     /* as given */
    char *hostname; /* to connect to; NULL: host */
    char *alias;    /* HostKeyAlias */
    char *user, *proxy_command, *bind_address, *remote_command, *subsystem;
    char *kex, *ciphers, *macs, *host_key_algorithms, *pubkey_algorithms, *methods;
    char *global_known_hosts, *log_level, *escape;
    text_list identities, known_hosts, send_env, set_env;
    uint32_t port, connect_timeout, alive_interval, alive_count, password_prompts;
    uint32_t rekey_seconds;
    uint64_t rekey_bytes;
    int family;
    host_checking checking;
    want_tty tty;
    bool identities_only, batch, hash_known_hosts, compression, no_command, stdin_null;
    bool checking_set, tty_set, user_given, pubkey_off, password_off, kbdint_off;
} ssh_options;

void options_defaults(ssh_options *o);
void options_free(ssh_options *o);

/* Reads a configuration file for o->host; what is set already stays. */
CLEAT_MUST_USE cleat_status options_read(ssh_options *o, cleat_ctx *ctx, cleat_slice text,
                                         const char *file, cleat_error *error);

/* "Keyword value" or "Keyword=value", as after -o. */
CLEAT_MUST_USE cleat_status options_set(ssh_options *o, cleat_ctx *ctx, const char *text,
                                        cleat_error *error);

char *text_format(const char *format, ...) CLEAT_PRINTF(1, 2);

#endif
