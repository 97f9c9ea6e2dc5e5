/* A client of libssh2: runs a command with our stdin as its input, and ends with its status.
 *
 *   libssh2_client PORT USER KEY COMMAND [kind=value...]
 */
#include <libssh2.h>

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static LIBSSH2_SESSION *session;
static int fd;

static void fail(const char *what)
{
    char *text = "";
    libssh2_session_last_error(session, &text, NULL, 0);
    fprintf(stderr, "libssh2: %s: %s\n", what, text);
    exit(255);
}

static void prefer(const char *kind, const char *value)
{
    static const struct {
        const char *kind;
        int methods[2];
    } kinds[] = {
        {"kex", {LIBSSH2_METHOD_KEX, LIBSSH2_METHOD_KEX}},
        {"host", {LIBSSH2_METHOD_HOSTKEY, LIBSSH2_METHOD_HOSTKEY}},
        {"cipher", {LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC}},
        {"mac", {LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC}},
        {"compression", {LIBSSH2_METHOD_COMP_CS, LIBSSH2_METHOD_COMP_SC}},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kind, kinds[i].kind) != 0)
            continue;
        if (libssh2_session_method_pref(session, kinds[i].methods[0], value) != 0 ||
            libssh2_session_method_pref(session, kinds[i].methods[1], value) != 0)
            fail(value);
        return;
    }
    fail(kind);
}

static void dial(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(port)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
        fail("connect");
}

/* Whether bytes came. */
static int copy(LIBSSH2_CHANNEL *ch, int stream, FILE *out)
{
    static char bytes[32768];
    ssize_t n = libssh2_channel_read_ex(ch, stream, bytes, sizeof bytes);
    if (n < 0 && n != LIBSSH2_ERROR_EAGAIN)
        fail("read");
    if (n > 0)
        fwrite(bytes, 1, (size_t)n, out);
    return n > 0;
}

static void wait_for_socket(void)
{
    int ways = libssh2_session_block_directions(session);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (ways & LIBSSH2_SESSION_BLOCK_OUTBOUND)
        p.events |= POLLOUT;
    if (poll(&p, 1, 60000) <= 0)
        fail("nothing happens");
}

/* Reads and writes as it can be done: the peer stops when nobody reads. */
static void exchange(LIBSSH2_CHANNEL *ch)
{
    static char bytes[32768];
    size_t len = 0, at = 0;
    int sent_eof = 0;
    while (!libssh2_channel_eof(ch)) {
        int moved = copy(ch, 0, stdout) | copy(ch, SSH_EXTENDED_DATA_STDERR, stderr);
        if (at == len && !feof(stdin))
            at = 0, len = fread(bytes, 1, sizeof bytes, stdin);
        if (at < len) {
            ssize_t n = libssh2_channel_write(ch, bytes + at, len - at);
            if (n < 0 && n != LIBSSH2_ERROR_EAGAIN)
                fail("write");
            moved |= n > 0;
            at += n > 0 ? (size_t)n : 0;
        } else if (!sent_eof) {
            int st = libssh2_channel_send_eof(ch);
            if (st < 0 && st != LIBSSH2_ERROR_EAGAIN)
                fail("eof");
            moved |= sent_eof = st == 0;
        }
        if (!moved && !libssh2_channel_eof(ch))
            wait_for_socket();
    }
}

int main(int argc, char **argv)
{
    if (argc < 5 || libssh2_init(0) != 0 || !(session = libssh2_session_init()))
        return 255;
    libssh2_session_flag(session, LIBSSH2_FLAG_COMPRESS, 1);
    for (int i = 5; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value)
            return 255;
        *value = 0;
        prefer(argv[i], value + 1);
    }
    dial(argv[1]);
    if (libssh2_session_handshake(session, fd) != 0)
        fail("handshake");
    if (libssh2_userauth_publickey_fromfile(session, argv[2], NULL, argv[3], NULL) != 0)
        fail("publickey");
    LIBSSH2_CHANNEL *ch = libssh2_channel_open_session(session);
    if (!ch || libssh2_channel_exec(ch, argv[4]) != 0)
        fail("exec");
    libssh2_session_set_blocking(session, 0);
    exchange(ch);
    libssh2_session_set_blocking(session, 1);
    if (libssh2_channel_close(ch) != 0 || libssh2_channel_wait_closed(ch) != 0)
        fail("close");
    int status = libssh2_channel_get_exit_status(ch);
    libssh2_channel_free(ch);
    libssh2_session_disconnect(session, "done");
    libssh2_session_free(session);
    close(fd);
    return status;
}
