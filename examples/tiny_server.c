/* A server with its own idea of who may log in: it greets whoever gets in, and hangs up.
 *
 *     tiny_server HOST_KEY_FILE [PORT]      the key is made when the file is missing
 *
 * Its users:  guest  password "secret"; "expired" must be changed first
 *             quiz   keyboard-interactive: two rounds of questions and a word of praise
 *             both   guest's password, and the quiz after it */
#include <cleat/cleat.h>
#include <cleat/easy.h>
#include <cleat/uv.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct server {
    uv_loop_t *loop;
    cleat_ctx *ctx;
    cleat_key *host_key;
} server;

typedef struct client {
    server *server;
    char user[64];
    int round; /* of the quiz */
} client;

/* An answer that comes too late, or finds the connection gone, has changed nothing. */
static void note(cleat_status st)
{
    if (st != CLEAT_OK)
        fprintf(stderr, "tiny_server: %s\n", cleat_status_text(st));
}

static bool is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0; /* a real server compares hashes, in constant time */
}

/* ---- who may log in ---- */

static void verdict(cleat_conn *c, const cleat_event *ev, cleat_auth_verdict v)
{
    bool quiz = is(ev->u.auth.user, "quiz") || v == CLEAT_AUTH_PARTIAL;
    note(cleat_answer_auth(c, ev->query, v, quiz ? "keyboard-interactive" : "password"));
}

static void check_password(cleat_conn *c, const cleat_event *ev)
{
    const char *user = ev->u.auth.user;
    const char *fresh = ev->u.auth.new_password;
    bool known = is(user, "guest") || is(user, "both");
    bool expired = is(ev->u.auth.password, "expired");
    bool right = is(ev->u.auth.password, "secret") || (expired && fresh && strlen(fresh) >= 8);
    if (known && expired && !right)
        note(cleat_answer_auth_change(c, ev->query, "Eight characters at least, please."));
    else if (known && right)
        verdict(c, ev, is(user, "both") ? CLEAT_AUTH_PARTIAL : CLEAT_AUTH_ACCEPT);
    else
        verdict(c, ev, CLEAT_AUTH_REJECT);
}

/* Each round's answers bring the next round's questions; the last has none, only words. */
static void quiz(client *me, cleat_conn *c, const cleat_event *ev)
{
    static const cleat_prompt first[] = {{"Your favourite colour? ", true}, {"Why? ", true}};
    static const cleat_prompt second[] = {{"The magic word: ", false}};
    me->round = ev->u.auth.method == CLEAT_AUTH_KBDINT ? 1 : me->round + 1;
    bool complete = ev->u.auth.response_count == (me->round == 2 ? 2 : me->round == 3 ? 1 : 0);
    if (!complete || (me->round == 3 && !is(ev->u.auth.responses[0], "please")))
        verdict(c, ev, CLEAT_AUTH_REJECT);
    else if (me->round == 1)
        note(cleat_answer_auth_prompts(c, ev->query, "Quiz", "Answer truly.", first, 2));
    else if (me->round == 2)
        note(cleat_answer_auth_prompts(c, ev->query, "", "", second, 1));
    else if (me->round == 3)
        note(cleat_answer_auth_prompts(c, ev->query, "", "Well done.", NULL, 0));
    else
        verdict(c, ev, CLEAT_AUTH_ACCEPT);
}

static void on_auth(void *user, cleat_conn *c, const cleat_event *ev)
{
    client *me = user;
    bool keyboard =
        ev->u.auth.method == CLEAT_AUTH_KBDINT || ev->u.auth.method == CLEAT_AUTH_KBDINT_ANSWER;
    snprintf(me->user, sizeof me->user, "%s", ev->u.auth.user);
    if (ev->u.auth.method == CLEAT_AUTH_PASSWORD)
        check_password(c, ev);
    else if (keyboard && (is(me->user, "quiz") || is(me->user, "both")))
        quiz(me, c, ev);
    else
        verdict(c, ev, CLEAT_AUTH_REJECT);
}

/* ---- what they get ---- */

static void on_channel(void *user, cleat_conn *c, const cleat_event *ev)
{
    cleat_channel *ch;
    (void)user;
    bool session = is(ev->u.open.type, "session");
    note(session ? cleat_answer_channel(c, ev->query, &ch) : cleat_answer_reject(c, ev->query));
}

static void on_request(void *user, cleat_conn *c, const cleat_event *ev)
{
    const client *me = user;
    char text[128];
    size_t sent;
    cleat_request_type type = ev->u.request.type;
    bool runs = type == CLEAT_REQ_SHELL || type == CLEAT_REQ_EXEC;
    if (ev->query)
        note(cleat_answer_request(c, ev->query, runs || type == CLEAT_REQ_PTY));
    if (!runs)
        return;
    int len = snprintf(text, sizeof text, "Hello, %s!\r\n", me->user);
    note(cleat_channel_write(ev->channel, CLEAT_STREAM_DATA, text, (size_t)len, &sent));
    note(cleat_channel_exit_status(ev->channel, type == CLEAT_REQ_EXEC ? 7 : 0));
    note(cleat_channel_close(ev->channel));
}

static void on_sign(void *user, cleat_conn *c, const cleat_event *ev)
{
    client *me = user;
    note(cleat_answer_sign(c, ev, &me->server->host_key, 1));
}

/* ---- connections ---- */

static void on_event(void *user, cleat_uv *u, const cleat_event *ev)
{
    static const cleat_handler table[] = {{CLEAT_EV_SIGN, on_sign},
                                          {CLEAT_EV_AUTH_REQUEST, on_auth},
                                          {CLEAT_EV_CHANNEL_OPEN, on_channel},
                                          {CLEAT_EV_CHANNEL_REQUEST, on_request}};
    cleat_dispatch(cleat_uv_conn(u), ev, table, sizeof table / sizeof *table, user);
}

static void on_end(void *user, cleat_uv *u, const cleat_error *why)
{
    client *me = user;
    (void)u;
    printf("\"%s\" left: %s\n", me->user, *why->text ? why->text : "goodbye");
    free(me);
}

static void on_accept(void *user, cleat_listener *l, cleat_stream *stream)
{
    server *s = user;
    cleat_conn *conn;
    cleat_uv *u;
    client *me = calloc(1, sizeof *me);
    const cleat_uv_callbacks callbacks = {sizeof callbacks, me, on_event, on_end};
    const cleat_conn_options options = {.struct_size = sizeof options,
                                        .host_keys = &s->host_key,
                                        .host_key_count = 1,
                                        .handshake_ms = 120000,
                                        .auth_tries_max = 3,
                                        .auth_fail_ms = 200,
                                        .banner = "This server only greets.\r\n"};
    (void)l;
    if (!me || cleat_conn_new(&conn, s->ctx, CLEAT_SERVER, &options, uv_now(s->loop)) != CLEAT_OK) {
        cleat_stream_close(stream);
        free(me);
        return;
    }
    me->server = s;
    if (cleat_uv_attach(&u, s->loop, conn, stream, &callbacks) != CLEAT_OK)
        free(me);
}

int main(int argc, char **argv)
{
    server s = {.loop = uv_default_loop()};
    cleat_listener *listener;
    cleat_error error = {0};
    uint16_t port = (uint16_t)(argc > 2 ? atoi(argv[2]) : 0);
    if (argc < 2 || cleat_ctx_new(&s.ctx, NULL) != CLEAT_OK) {
        fprintf(stderr, "usage: %s HOST_KEY_FILE [PORT]\n", argv[0]);
        return 2;
    }
#ifdef SIGPIPE
    signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is an error, not this program's end */
#endif
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (cleat_easy_host_key(&s.host_key, s.ctx, argv[1], &error) != CLEAT_OK ||
        cleat_listener_new(&listener, s.loop, "127.0.0.1", port, on_accept, &s, &error) !=
            CLEAT_OK) {
        fprintf(stderr, "tiny_server: %s\n", error.text);
        return 1;
    }
    printf("listening on port %u\n", (unsigned)cleat_listener_port(listener));
    return uv_run(s.loop, UV_RUN_DEFAULT);
}
