/* Logs in to a server many times from one process, so that the client costs little and the same
 * whatever the server.
 *
 *     bench_logins run PORT USER KEY COUNT AT_ONCE   each runs `true`; prints the seconds it took
 *     bench_logins hold PORT USER KEY COUNT FIRST    prints a line once FIRST are logged in, and
 *                                                    after a line of input, once COUNT are; holds
 *                                                    them until its input ends */
#include <cleat/cleat.h>
#include <cleat/uv.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* The first choice that this library has in common with the OpenSSH of Debian 12. */
static const char exchange[] = "sntrup761x25519-sha512@openssh.com";

enum { HOLD_AT_ONCE = 8, ROOM = 65536 };

typedef struct bench {
    uv_loop_t loop;
    cleat_ctx *ctx;
    cleat_policy *policy;
    cleat_key *key;
    const char *user;
    uint16_t port;
    bool holds;
    unsigned wanted; /* how many there shall be */
    unsigned at_once;
    unsigned begun, ready; /* ready: logged in, or done */
    uv_pipe_t input;
} bench;

typedef struct client {
    bench *of;
    cleat_login *login;
    cleat_channel *session;
    bool good;
} client;

_Noreturn static void stop(const char *what, const char *why)
{
    fprintf(stderr, "bench_logins: %s: %s\n", what, why);
    exit(1);
}

static void check(cleat_status st, const char *what)
{
    if (st < 0)
        stop(what, cleat_status_text(st));
}

static void go_on(bench *b);

static void note_ready(client *c)
{
    bench *b = c->of;
    c->good = true;
    b->ready++;
    if (b->holds && b->ready == b->wanted) {
        printf("%u\n", b->ready);
        fflush(stdout);
    }
    go_on(b);
}

/* ---- one client ---- */

static void on_logged_in(client *c, cleat_conn *conn)
{
    if (c->of->holds)
        note_ready(c);
    else
        check(cleat_channel_open_session(&c->session, conn), "session");
}

static cleat_status act(client *c, cleat_conn *conn, const cleat_event *ev)
{
    switch (ev->type) {
    case CLEAT_EV_HOSTKEY:
        return cleat_answer_hostkey(conn, ev->query, true);
    case CLEAT_EV_CHANNEL_OPENED:
        return cleat_channel_exec(ev->channel, "true", false);
    case CLEAT_EV_CHANNEL_REQUEST:
        if (ev->u.request.type == CLEAT_REQ_EXIT_STATUS)
            c->good = ev->u.request.status == 0;
        return ev->query ? cleat_answer_reject(conn, ev->query) : CLEAT_OK;
    case CLEAT_EV_CHANNEL_FAILED:
    case CLEAT_EV_CHANNEL_CLOSED:
        cleat_conn_disconnect(conn, CLEAT_DISCONNECT_BY_APPLICATION, "done");
        return CLEAT_OK;
    default:
        return ev->query ? cleat_answer_reject(conn, ev->query) : CLEAT_OK;
    }
}

static void on_event(void *user, cleat_uv *u, const cleat_event *ev)
{
    client *c = user;
    cleat_conn *conn = cleat_uv_conn(u);
    cleat_login_step step = cleat_login_event(c->login, ev);
    if (step == CLEAT_LOGIN_DONE)
        on_logged_in(c, conn);
    else if (step == CLEAT_LOGIN_FAILED || step == CLEAT_LOGIN_NEED_PASSWORD)
        stop("login", "refused");
    else if (step == CLEAT_LOGIN_NOT_MINE)
        check(act(c, conn, ev), "event");
}

static void on_end(void *user, cleat_uv *u, const cleat_error *why)
{
    client *c = user;
    bool holds = c->of->holds;
    (void)u;
    if (!c->good || holds)
        stop("a connection has ended", why->text);
    cleat_login_free(c->login);
    note_ready(c);
    free(c);
}

static void on_dialled(void *user, cleat_stream *stream, const cleat_error *error)
{
    client *c = user;
    cleat_uv *u;
    cleat_conn *conn;
    const cleat_uv_callbacks callbacks = {sizeof callbacks, c, on_event, on_end};
    const cleat_conn_options options = {.struct_size = sizeof options, .policy = c->of->policy};
    const cleat_login_options login = {.struct_size = sizeof login, .user = c->of->user};
    if (!stream)
        stop("dial", error->text);
    check(cleat_conn_new(&conn, c->of->ctx, CLEAT_CLIENT, &options, uv_now(&c->of->loop)), "conn");
    check(cleat_login_new(&c->login, conn, &login), "login");
    check(cleat_login_add_key(c->login, c->of->key, NULL), "key");
    check(cleat_uv_attach(&u, &c->of->loop, conn, stream, &callbacks), "attach");
}

/* ---- all of them ---- */

static void begin(bench *b)
{
    cleat_dial *dial;
    cleat_error error = {0};
    client *c = calloc(1, sizeof *c);
    const cleat_dial_options to = {.struct_size = sizeof to, .host = "127.0.0.1", .port = b->port};
    if (!c)
        stop("memory", "none");
    c->of = b;
    b->begun++;
    if (cleat_dial_start(&dial, &b->loop, &to, on_dialled, c, &error) != CLEAT_OK)
        stop("dial", error.text);
}

static void go_on(bench *b)
{
    while (b->begun < b->wanted && b->begun - b->ready < b->at_once)
        begin(b);
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    static char room[64];
    (void)handle, (void)wanted;
    *buffer = uv_buf_init(room, sizeof room);
}

static unsigned last_wanted;

static void on_input(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    bench *b = stream->data;
    (void)buffer;
    if (n < 0)
        exit(0);
    b->wanted = last_wanted;
    go_on(b);
}

static void load(bench *b, const char *path)
{
    static uint8_t room[ROOM];
    cleat_error error = {0};
    FILE *in = fopen(path, "rb");
    size_t len = in ? fread(room, 1, sizeof room, in) : 0;
    if (in)
        fclose(in);
    check(cleat_ctx_new(&b->ctx, NULL), "context");
    check(cleat_policy_new(&b->policy, b->ctx, CLEAT_CLIENT), "policy");
    check(cleat_policy_set(b->policy, CLEAT_ALG_KEX, exchange, &error), "key exchange");
    check(cleat_policy_set(b->policy, CLEAT_ALG_COMPRESSION, "none", &error), "compression");
    check(cleat_key_read_private(&b->key, b->ctx, (cleat_slice){room, len}, NULL, path, &error),
          "key");
}

int main(int argc, char **argv)
{
    static bench b;
    if (argc != 7)
        stop("usage", "bench_logins run|hold PORT USER KEY COUNT AT_ONCE|FIRST");
    signal(SIGPIPE, SIG_IGN);
    struct rlimit descriptors;
    if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
        descriptors.rlim_cur = descriptors.rlim_max;
        setrlimit(RLIMIT_NOFILE, &descriptors);
    }
    uv_loop_init(&b.loop);
    load(&b, argv[4]);
    b.holds = strcmp(argv[1], "hold") == 0;
    b.port = (uint16_t)atoi(argv[2]);
    b.user = argv[3];
    last_wanted = (unsigned)atoi(argv[5]);
    b.wanted = b.holds ? (unsigned)atoi(argv[6]) : last_wanted;
    b.at_once = b.holds ? HOLD_AT_ONCE : (unsigned)atoi(argv[6]);
    if (b.holds) {
        uv_pipe_init(&b.loop, &b.input, 0);
        b.input.data = &b;
        uv_pipe_open(&b.input, 0);
        uv_read_start((uv_stream_t *)&b.input, give_room, on_input);
    }
    uint64_t begun = uv_hrtime();
    go_on(&b);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    printf("%.6f\n", (double)(uv_hrtime() - begun) / 1e9);
    return 0;
}
