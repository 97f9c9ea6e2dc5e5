/* Room for writers that comes of sending, and of nothing else: no byte arrives meanwhile. */
#include "engine/conn_int.h"
#include "loop/stream.h"
#include "support/pair.h"

#include <cleat/channel.h>
#include <cleat/uv.h>

#include <CUnit/CUnit.h>
#include <stdlib.h>

enum { QUEUE = 64 << 10 };

static bool keep_channel(pair *p, cleat_conn *c, const cleat_event *ev)
{
    (void)p;
    (void)c;
    return ev->type == CLEAT_EV_CHANNEL_REPLY;
}

static bool until_open(pair *p)
{
    return !p->client.events[CLEAT_EV_CHANNEL_REPLY];
}

static const pair_setup setup = {
    .on_event = keep_channel, .on_round = until_open, .client.queue_max = QUEUE};

/* Logs in, and writes until no more is taken. */
static void fill(pair *p)
{
    static const uint8_t chunk[16 << 10];
    size_t accepted = sizeof chunk;
    pair_run(p, &setup);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p->client.channel);
    while (accepted == sizeof chunk)
        CU_ASSERT_EQUAL(cleat_channel_write(p->client.channel, 0, chunk, sizeof chunk, &accepted),
                        CLEAT_OK);
    CU_ASSERT(p->client.conn->tx.queued >= QUEUE);
}

static size_t send_all(cleat_conn *c)
{
    size_t count;
    size_t sent = 0;
    const cleat_slice *out;
    while ((out = cleat_conn_send_peek(c, &count)) != NULL) {
        sent += out->len;
        cleat_conn_send_done(c, out->len);
    }
    return sent;
}

/* An owner that pulls, then sends, then waits as long as deadline allows must not wait now. */
static void deadline_is_now_while_events_wait(void)
{
    pair p;
    fill(&p);
    cleat_conn *c = p.client.conn;
    while (cleat_conn_next(c))
        ;
    CU_ASSERT_EQUAL(cleat_conn_deadline(c), UINT64_MAX);
    CU_ASSERT(send_all(c) >= QUEUE);
    CU_ASSERT(cleat_conn_deadline(c) <= p.now);
    const cleat_event *ev = cleat_conn_next(c);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ev);
    CU_ASSERT_EQUAL(ev->type, CLEAT_EV_CHANNEL_WRITABLE);
    CU_ASSERT_PTR_NULL(cleat_conn_next(c));
    CU_ASSERT_EQUAL(cleat_conn_deadline(c), UINT64_MAX);
    pair_free(&p);
}

/* ---- the loop's owner ---- */

static void read_nothing(cleat_stream *s, bool on)
{
    (void)s;
    (void)on;
}

static ptrdiff_t take_all(cleat_stream *s, const cleat_slice *parts, size_t count, size_t *pending)
{
    size_t sent = 0;
    (void)s;
    *pending = 0;
    for (size_t i = 0; i < count; i++)
        sent += parts[i].len;
    return (ptrdiff_t)sent;
}

static void free_stream(cleat_stream *s)
{
    free(s);
}

static const stream_ops ops = {.read = read_nothing, .write = take_all, .close = free_stream};

static void count_room(void *user, cleat_uv *u, const cleat_event *ev)
{
    (void)u;
    *(unsigned *)user += ev->type == CLEAT_EV_CHANNEL_WRITABLE;
}

static void writers_hear_of_room_although_nothing_arrives(void)
{
    pair p;
    cleat_uv *u;
    uv_loop_t loop;
    unsigned heard = 0;
    const cleat_uv_callbacks callbacks = {
        .struct_size = sizeof callbacks, .user = &heard, .on_event = count_room};
    fill(&p);
    CU_ASSERT_EQUAL_FATAL(uv_loop_init(&loop), 0);
    cleat_stream *s = calloc(1, sizeof *s);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    s->ops = &ops;
    CU_ASSERT_EQUAL_FATAL(cleat_uv_attach(&u, &loop, p.client.conn, s, &callbacks), CLEAT_OK);
    p.client.conn = NULL; /* goes with u */
    uv_run(&loop, UV_RUN_NOWAIT);
    CU_ASSERT_EQUAL(heard, 1);
    cleat_channel_free(p.client.channel);
    p.client.channel = NULL;
    cleat_uv_close(u);
    uv_run(&loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
    pair_free(&p);
}

void suite_room(void)
{
    CU_pSuite s = CU_add_suite("room", NULL, NULL);
    CU_add_test(s, "deadline_is_now_while_events_wait", deadline_is_now_while_events_wait);
    CU_add_test(s, "writers_hear_of_room_although_nothing_arrives",
                writers_hear_of_room_although_nothing_arrives);
}
