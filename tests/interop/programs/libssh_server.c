/* A server of libssh: takes one user by key or password, gives any command its input back, says
 * "problem" and ends it with status 3. Prints its port, serves one connection and ends.
 *
 *   libssh_server HOSTKEY AUTHORIZED_KEY.pub PASSWORD [kind=value...]
 */
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static ssh_key authorized;
static const char *password;
static ssh_channel channel;
static bool started;

static void fail(const char *what, void *from)
{
    fprintf(stderr, "libssh: %s: %s\n", what, from ? ssh_get_error(from) : "");
    exit(1);
}

static int on_key(ssh_session s, const char *user, struct ssh_key_struct *key, char state,
                  void *data)
{
    (void)s, (void)user, (void)data;
    bool ours = ssh_key_cmp(key, authorized, SSH_KEY_CMP_PUBLIC) == 0;
    return ours && (state == SSH_PUBLICKEY_STATE_NONE || state == SSH_PUBLICKEY_STATE_VALID)
               ? SSH_AUTH_SUCCESS
               : SSH_AUTH_DENIED;
}

static int on_password(ssh_session s, const char *user, const char *given, void *data)
{
    (void)s, (void)user, (void)data;
    return strcmp(given, password) == 0 ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static int on_exec(ssh_session s, ssh_channel ch, const char *command, void *data)
{
    (void)s, (void)ch, (void)command, (void)data;
    started = true;
    return 0;
}

static ssh_channel on_open(ssh_session s, void *data)
{
    static struct ssh_channel_callbacks_struct calls = {.channel_exec_request_function = on_exec};
    (void)data;
    ssh_callbacks_init(&calls);
    channel = ssh_channel_new(s);
    ssh_set_channel_callbacks(channel, &calls);
    return channel;
}

static void give_back(ssh_session s)
{
    static char bytes[32768];
    int n;
    while ((n = ssh_channel_read(channel, bytes, sizeof bytes, 0)) > 0) {
        if (ssh_channel_write(channel, bytes, (uint32_t)n) != n)
            fail("write", s);
    }
    if (n < 0)
        fail("read", s);
    ssh_channel_write_stderr(channel, "problem\n", 8);
    ssh_channel_request_send_exit_status(channel, 3);
    ssh_channel_send_eof(channel);
    ssh_channel_close(channel);
}

static void serve(ssh_session s)
{
    static struct ssh_server_callbacks_struct calls = {
        .auth_pubkey_function = on_key,
        .auth_password_function = on_password,
        .channel_open_request_session_function = on_open,
    };
    ssh_event event = ssh_event_new();
    ssh_callbacks_init(&calls);
    ssh_set_server_callbacks(s, &calls);
    ssh_set_auth_methods(s, SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_PASSWORD);
    if (ssh_handle_key_exchange(s) != SSH_OK)
        fail("key exchange", s);
    ssh_event_add_session(event, s);
    while (!started) {
        if (ssh_event_dopoll(event, 60000) != SSH_OK)
            fail("login", s);
    }
    give_back(s);
    /* The client says goodbye; what was sent has left by then. */
    while (ssh_event_dopoll(event, 60000) == SSH_OK && ssh_is_connected(s))
        ;
    ssh_event_free(event);
    ssh_disconnect(s);
    ssh_free(s);
}

static void set(ssh_bind server, const char *kind, const char *value)
{
    enum ssh_bind_options_e first, second;
    if (strcmp(kind, "kex") == 0)
        first = second = SSH_BIND_OPTIONS_KEY_EXCHANGE;
    else if (strcmp(kind, "cipher") == 0)
        first = SSH_BIND_OPTIONS_CIPHERS_C_S, second = SSH_BIND_OPTIONS_CIPHERS_S_C;
    else if (strcmp(kind, "mac") == 0)
        first = SSH_BIND_OPTIONS_HMAC_C_S, second = SSH_BIND_OPTIONS_HMAC_S_C;
    else if (strcmp(kind, "host") == 0)
        first = second = SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS;
    else if (strcmp(kind, "user") == 0)
        first = second = SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES;
    else
        fail(kind, NULL);
    if (ssh_bind_options_set(server, first, value) != SSH_OK ||
        ssh_bind_options_set(server, second, value) != SSH_OK)
        fail(kind, server);
}

/* libssh does not tell its port, so the socket is ours. */
static int listen_anywhere(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 20) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        fail("listen", NULL);
    printf("%u\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    ssh_bind server = ssh_bind_new();
    bool no = false;
    if (argc < 4 || !server || ssh_pki_import_pubkey_file(argv[2], &authorized) != SSH_OK)
        return 1;
    password = argv[3];
    ssh_bind_options_set(server, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
    if (ssh_bind_options_set(server, SSH_BIND_OPTIONS_HOSTKEY, argv[1]) != SSH_OK)
        fail(argv[1], server);
    for (int i = 4; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value)
            return 1;
        *value = 0;
        set(server, argv[i], value + 1);
    }
    int fd = listen_anywhere();
    ssh_session s = ssh_new();
    int peer = accept(fd, NULL, NULL);
    if (!s || peer < 0 || ssh_bind_accept_fd(server, s, peer) != SSH_OK)
        fail("accept", server);
    serve(s);
    ssh_bind_free(server);
    ssh_key_free(authorized);
    return 0;
}
