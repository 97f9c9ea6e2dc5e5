/* What sshd_config and the command line say, as the daemon reads it. */
#ifndef CLEATD_SETTINGS_H
#define CLEATD_SETTINGS_H

#include <cleat/store.h>

enum { SETTINGS_LIST_MAX = 32 };

typedef struct settings_list {
    char *items[SETTINGS_LIST_MAX];
    size_t count;
} settings_list;

typedef enum tcp_forwarding { TCP_ALL, TCP_NO, TCP_LOCAL, TCP_REMOTE } tcp_forwarding;

typedef struct settings {
    settings_list listen, host_keys, authorized_keys, accept_env, subsystems, permit_open;
    char *kex, *ciphers, *macs, *host_key_algorithms, *pubkey_algorithms, *compression;
    char *banner, *force_command, *pid_file, *version_addendum, *log_level;
    uint32_t port; /* 0: the kernel chooses */
    bool port_set;
    uint32_t login_grace, auth_tries, sessions, startups, alive_interval, alive_count, rsa_bits;
    uint32_t rekey_seconds;
    uint64_t rekey_bytes;
    tcp_forwarding tcp_forwarding;
    bool strict_modes, permit_tty, pubkey, no_forwarding;
} settings;

void settings_defaults(settings *s);
void settings_free(settings *s);

/* Reads one file's content or, with file "command line", the text of -o options. First value wins.
 */
CLEAT_MUST_USE cleat_status settings_read(settings *s, cleat_ctx *ctx, cleat_slice text,
                                          const char *file, cleat_error *error);

/* Prints every keyword with its value, one a line (-T, -G). */
void settings_print(const settings *s);

#endif
