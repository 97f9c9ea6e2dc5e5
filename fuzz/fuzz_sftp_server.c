/* The SFTP server fed with a client's bytes. The program behind it answers some requests at once,
 * some later, some wrongly and some not before the end. */
#include "support_ctx.h"

#include <cleat/sftp.h>

#include <string.h>

enum { WAITING_MAX = 64, PIECE = 97 };

typedef struct program {
    cleat_sftp_server *server;
    uint64_t waiting[WAITING_MAX];
    size_t count;
    unsigned turn;
    int file; /* what every handle stands for */
} program;

static void ignore(cleat_status st)
{
    (void)st;
}

static void answer_data(program *p, uint64_t query)
{
    size_t room;
    uint8_t *space = cleat_sftp_answer_space(p->server, query, &room);
    if (space && room)
        memset(space, 'x', room);
    ignore(cleat_sftp_answer_data(p->server, query, room, p->turn % 3 == 0));
}

static void answer_names(program *p, uint64_t query)
{
    cleat_sftp_name names[3] = {{.name = {(const uint8_t *)"a", 1}},
                                {.name = {(const uint8_t *)"b\n", 2}, .attrs = {.has = 0xFFFF}},
                                {.name = {(const uint8_t *)"", 0}}};
    ignore(cleat_sftp_answer_names(p->server, query, names, p->turn % 4, p->turn % 2));
}

/* Of every kind, until one fits. */
static void answer(program *p, uint64_t query)
{
    const cleat_sftp_attrs attrs = {.has = 0xFFFF, .type = CLEAT_SFTP_DIRECTORY};
    const cleat_sftp_statvfs vfs = {.fragment = 512, .blocks = UINT64_MAX};
    const cleat_sftp_range range = {1, 2};
    static const char *texts[CLEAT_SFTP_IDS_MAX];
    for (size_t i = 0; i < CLEAT_SFTP_IDS_MAX; i++)
        texts[i] = "name";
    p->turn++;
    answer_data(p, query);
    answer_names(p, query);
    ignore(cleat_sftp_answer_handle(p->server, query, &p->file));
    ignore(cleat_sftp_answer_attrs(p->server, query, &attrs));
    ignore(cleat_sftp_answer_statvfs(p->server, query, &vfs));
    ignore(cleat_sftp_answer_ranges(p->server, query, &range, 1, true));
    ignore(cleat_sftp_answer_principals(p->server, query, texts, texts));
    ignore(
        cleat_sftp_answer_hashes(p->server, query, "md5", (cleat_slice){(const uint8_t *)"h", 1}));
    ignore(cleat_sftp_answer_extended(p->server, query, (cleat_slice){(const uint8_t *)"", 0}));
    ignore(cleat_sftp_answer_status(p->server, query, p->turn % 33, NULL));
}

static void answer_waiting(program *p)
{
    while (p->count)
        answer(p, p->waiting[--p->count]);
}

static void pull(program *p)
{
    const cleat_sftp_request *q;
    while ((q = cleat_sftp_server_next(p->server)) != NULL) {
        uint64_t query = q->query;
        bool later = (strlen(q->path) + strlen(q->new_path) + q->data.len + q->op) % 3 == 0;
        if (later && p->count < WAITING_MAX)
            p->waiting[p->count++] = query;
        else
            answer(p, query);
    }
    cleat_slice out = cleat_sftp_server_send_peek(p->server);
    if (out.len)
        cleat_sftp_server_send_done(p->server, (out.len + 1) / 2);
    (void)cleat_sftp_server_consumed(p->server);
}

static void finish(program *p)
{
    cleat_sftp_server_eof(p->server);
    do {
        answer_waiting(p);
        pull(p);
    } while (p->count || cleat_sftp_server_send_peek(p->server).len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cleat_sftp_server_options options = {
        .struct_size = sizeof options, .requests_max = 8, .handles_max = 3, .pending_max = 1 << 16};
    program p = {.turn = 0};
    if (cleat_sftp_server_new(&p.server, fuzz_ctx(), &options) != CLEAT_OK)
        return 0;
    for (size_t at = 0; at < size; at += PIECE) {
        size_t n = size - at < PIECE ? size - at : PIECE;
        if (cleat_sftp_server_recv(p.server, (cleat_slice){data + at, n}) != CLEAT_OK)
            break;
        pull(&p);
    }
    finish(&p);
    if (!cleat_sftp_server_is_over(p.server))
        __builtin_trap();
    cleat_sftp_server_free(p.server);
    return 0;
}
