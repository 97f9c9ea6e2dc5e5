/* A client on a plain poll() loop: libcleat alone, no libuv, no callbacks. pump() is all there is
 * to running a connection on a loop that a program already has.
 *
 *     poll_loop ADDRESS PORT USER KEY_FILE KNOWN_HOSTS COMMAND */
#include <cleat/cleat.h>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

typedef struct app {
    char **argv;
    cleat_ctx *ctx;
    cleat_login *login;
    cleat_channel *session;
    int status;
} app;

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static cleat_slice read_file(const char *path, uint8_t *room, size_t size)
{
    FILE *in = fopen(path, "rb");
    size_t len = in ? fread(room, 1, size, in) : 0;
    if (in)
        fclose(in);
    return (cleat_slice){room, len};
}

/* Anything but "this key is this host's" is a no. */
static cleat_status check_host(const app *a, cleat_conn *c, const cleat_event *ev)
{
    static uint8_t room[65536];
    cleat_host_answer answer = {0};
    cleat_key *key;
    if (cleat_key_from_blob(&key, a->ctx, ev->u.hostkey.blob, NULL) != CLEAT_OK)
        return cleat_answer_reject(c, ev->query);
    cleat_status st = cleat_known_hosts_check(a->ctx, read_file(a->argv[5], room, sizeof room),
                                              a->argv[1], (uint16_t)atoi(a->argv[2]), key, &answer);
    cleat_key_unref(key);
    return cleat_answer_hostkey(c, ev->query, st == CLEAT_OK && answer.verdict == CLEAT_HOST_KNOWN);
}

static cleat_status on_event(app *a, cleat_conn *c, const cleat_event *ev)
{
    cleat_login_step step = cleat_login_event(a->login, ev);
    if (step == CLEAT_LOGIN_DONE)
        return cleat_channel_open_session(&a->session, c);
    if (step == CLEAT_LOGIN_NEED_PASSWORD)
        step = cleat_login_password(a->login, NULL);
    if (step == CLEAT_LOGIN_FAILED) {
        fprintf(stderr, "%s\n", cleat_login_reason(a->login));
        cleat_conn_disconnect(c, CLEAT_DISCONNECT_NO_MORE_METHODS, "nothing is left to try");
    }
    if (step != CLEAT_LOGIN_NOT_MINE)
        return CLEAT_OK;
    switch (ev->type) {
    case CLEAT_EV_HOSTKEY:
        return check_host(a, c, ev);
    case CLEAT_EV_CHANNEL_OPENED:
        return cleat_channel_exec(ev->channel, a->argv[6], false);
    case CLEAT_EV_CHANNEL_DATA:
        fwrite(ev->u.data.bytes.data, 1, ev->u.data.bytes.len,
               ev->u.data.stream == CLEAT_STREAM_STDERR ? stderr : stdout);
        return cleat_channel_consume(ev->channel, ev->u.data.bytes.len);
    case CLEAT_EV_CHANNEL_REQUEST:
        if (ev->u.request.type == CLEAT_REQ_EXIT_STATUS)
            a->status = (int)ev->u.request.status;
        return ev->query ? cleat_answer_reject(c, ev->query) : CLEAT_OK;
    case CLEAT_EV_CHANNEL_FAILED:
    case CLEAT_EV_CHANNEL_CLOSED:
        cleat_conn_disconnect(c, CLEAT_DISCONNECT_BY_APPLICATION, "done");
        return CLEAT_OK;
    default:
        return ev->query ? cleat_answer_reject(c, ev->query) : CLEAT_OK;
    }
}

/* Sends what there is, as much as the socket takes. (writev only reads what it is given.) */
static void send_out(cleat_conn *c, int fd)
{
    struct iovec parts[64]; /* send_peek gives no more at a time */
    size_t count;
    const cleat_slice *out = cleat_conn_send_peek(c, &count);
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct iovec){(void *)(uintptr_t)out[i].data, out[i].len};
    ssize_t n = count ? writev(fd, parts, (int)count) : 0;
    if (n > 0)
        cleat_conn_send_done(c, (size_t)n);
}

static int until(uint64_t due)
{
    uint64_t now = now_ms();
    if (due == UINT64_MAX)
        return -1;
    return due <= now ? 0 : due - now < 60000 ? (int)(due - now) : 60000;
}

/* One turn: waits for the socket or the deadline, then moves bytes in, events up, bytes out. */
static void pump(app *a, cleat_conn *c, int fd)
{
    size_t room;
    uint8_t *at = cleat_conn_recv_space(c, &room);
    struct pollfd p = {.fd = fd, .events = room ? POLLIN : 0};
    if (!cleat_conn_is_flushed(c))
        p.events |= POLLOUT;
    poll(&p, 1, until(cleat_conn_deadline(c)));
    cleat_conn_tick(c, now_ms());
    ssize_t n = p.revents & (POLLIN | POLLHUP | POLLERR) && room ? read(fd, at, room) : -1;
    if (n > 0 && cleat_conn_recv_done(c, (size_t)n) != CLEAT_OK)
        return; /* the connection has ended: CLEAT_EV_CLOSED follows */
    if (n == 0 || p.revents & POLLERR)
        cleat_conn_recv_eof(c);
    for (const cleat_event *ev; (ev = cleat_conn_next(c)) != NULL;) {
        if (on_event(a, c, ev) < 0)
            cleat_conn_disconnect(c, CLEAT_DISCONNECT_PROTOCOL_ERROR, "internal error");
    }
    send_out(c, fd);
}

static int dial(const char *address, const char *port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    int fd = -1;
    if (getaddrinfo(address, port, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *i = found; i && fd < 0; i = i->ai_next) {
        fd = socket(i->ai_family, i->ai_socktype, 0);
        if (fd >= 0 && connect(fd, i->ai_addr, i->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd >= 0)
        fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static cleat_status start(app *a, cleat_conn **c, cleat_error *error)
{
    static uint8_t room[65536];
    const cleat_login_options login = {.struct_size = sizeof login, .user = a->argv[3]};
    cleat_key *key;
    cleat_status st = cleat_ctx_new(&a->ctx, NULL);
    if (st == CLEAT_OK)
        st = cleat_key_read_private(&key, a->ctx, read_file(a->argv[4], room, sizeof room), NULL,
                                    a->argv[4], error);
    if (st != CLEAT_OK)
        return st;
    st = cleat_conn_new(c, a->ctx, CLEAT_CLIENT, NULL, now_ms());
    if (st == CLEAT_OK)
        st = cleat_login_new(&a->login, *c, &login);
    if (st == CLEAT_OK)
        st = cleat_login_add_key(a->login, key, NULL);
    cleat_key_unref(key); /* the login holds a reference */
    return st;
}

int main(int argc, char **argv)
{
    app a = {.argv = argv, .status = 255};
    cleat_conn *c = NULL;
    cleat_error error = {0};
    int fd = argc == 7 ? dial(argv[1], argv[2]) : -1;
    if (fd < 0 || start(&a, &c, &error) != CLEAT_OK) {
        fprintf(stderr, "usage: %s ADDRESS PORT USER KEY_FILE KNOWN_HOSTS COMMAND\n%s\n", argv[0],
                error.text);
        return 255;
    }
    signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is an error, not this program's end */
    while (!cleat_conn_is_closed(c) || !cleat_conn_is_flushed(c))
        pump(&a, c, fd);
    if (cleat_conn_error(c)->status != CLEAT_OK)
        fprintf(stderr, "%s\n", cleat_conn_error(c)->text);
    cleat_login_free(a.login);
    cleat_conn_free(c);
    cleat_ctx_unref(a.ctx);
    close(fd);
    return a.status;
}
