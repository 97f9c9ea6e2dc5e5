/* A client of libssh: runs a command with our stdin as its input, and ends with its status.
 *
 *   libssh_client PORT USER KEY COMMAND [kind=value...]
 */
#include <libssh/libssh.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ssh_session session;

static void fail(const char *what)
{
    fprintf(stderr, "libssh: %s: %s\n", what, ssh_get_error(session));
    exit(255);
}

static void set(enum ssh_options_e option, const void *value)
{
    if (ssh_options_set(session, option, value) != SSH_OK)
        fail("ssh_options_set");
}

static void set_both(enum ssh_options_e to_server, enum ssh_options_e to_client, const char *value)
{
    set(to_server, value);
    set(to_client, value);
}

static void set_kind(const char *kind, const char *value)
{
    uint64_t limit = strtoull(value, NULL, 10);
    if (strcmp(kind, "kex") == 0)
        set(SSH_OPTIONS_KEY_EXCHANGE, value);
    else if (strcmp(kind, "cipher") == 0)
        set_both(SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C, value);
    else if (strcmp(kind, "mac") == 0)
        set_both(SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C, value);
    else if (strcmp(kind, "compression") == 0)
        set_both(SSH_OPTIONS_COMPRESSION_C_S, SSH_OPTIONS_COMPRESSION_S_C, value);
    else if (strcmp(kind, "host") == 0)
        set(SSH_OPTIONS_HOSTKEYS, value);
    else if (strcmp(kind, "user") == 0)
        set(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, value);
    else if (strcmp(kind, "rekey") == 0)
        set(SSH_OPTIONS_REKEY_DATA, &limit);
    else
        fail(kind);
}

static void log_in(const char *port, const char *user, const char *key_file)
{
    ssh_key key;
    bool no = false;
    long seconds = 60;
    set(SSH_OPTIONS_TIMEOUT, &seconds);
    set(SSH_OPTIONS_PROCESS_CONFIG, &no);
    set(SSH_OPTIONS_HOST, "127.0.0.1");
    set(SSH_OPTIONS_PORT_STR, port);
    set(SSH_OPTIONS_USER, user);
    if (ssh_connect(session) != SSH_OK)
        fail("connect");
    if (ssh_pki_import_privkey_file(key_file, NULL, NULL, NULL, &key) != SSH_OK)
        fail(key_file);
    if (ssh_userauth_publickey(session, NULL, key) != SSH_AUTH_SUCCESS)
        fail("publickey");
    ssh_key_free(key);
}

static void send_input(ssh_channel channel)
{
    static char bytes[32768];
    size_t n;
    while ((n = fread(bytes, 1, sizeof bytes, stdin)) > 0) {
        if (ssh_channel_write(channel, bytes, (uint32_t)n) != (int)n)
            fail("write");
    }
    if (ssh_channel_send_eof(channel) != SSH_OK)
        fail("eof");
}

static void copy_output(ssh_channel channel, int is_stderr, FILE *out)
{
    static char bytes[32768];
    int n;
    while ((n = ssh_channel_read(channel, bytes, sizeof bytes, is_stderr)) > 0)
        fwrite(bytes, 1, (size_t)n, out);
    if (n < 0)
        fail("read");
}

int main(int argc, char **argv)
{
    session = ssh_new();
    if (argc < 5 || !session)
        return 255;
    for (int i = 5; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value)
            return 255;
        *value = 0;
        set_kind(argv[i], value + 1);
    }
    log_in(argv[1], argv[2], argv[3]);
    ssh_channel channel = ssh_channel_new(session);
    if (!channel || ssh_channel_open_session(channel) != SSH_OK ||
        ssh_channel_request_exec(channel, argv[4]) != SSH_OK)
        fail("exec");
    send_input(channel);
    copy_output(channel, 0, stdout);
    copy_output(channel, 1, stderr);
    int status = ssh_channel_get_exit_status(channel);
    ssh_channel_free(channel);
    ssh_disconnect(session);
    ssh_free(session);
    return status < 0 ? 255 : status;
}
