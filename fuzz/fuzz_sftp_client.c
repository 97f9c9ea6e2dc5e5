/* The SFTP client fed with a server's bytes, with requests of every kind under way. The first byte
 * says which version is asked for. Each request is answered once at most, and all that an answer
 * holds can be read. */
#include "support_ctx.h"

#include <cleat/sftp_client.h>

#include <string.h>

enum { CALLS_MAX = 32, PIECE = 61, ROOM = 64 };

/* A request under way; its address is the tag. */
typedef struct call {
    bool open;
    uint8_t room[ROOM];
} call;

typedef struct program {
    cleat_sftp *client;
    call calls[CALLS_MAX];
    unsigned turn;
    bool started;
    cleat_sftp_file file;
    volatile unsigned seen; /* so that reading is not left out */
} program;

static cleat_status ask_by_handle(const program *p, call *c)
{
    static const cleat_sftp_attrs attrs = {.has = 0xFFFF};
    cleat_sftp *s = p->client;
    const cleat_sftp_file *f = &p->file;
    switch (p->turn % 11) {
    case 0:
        return cleat_sftp_read(s, f, p->turn, c->room, ROOM, c);
    case 1:
        return cleat_sftp_write(s, f, 7, c->room, ROOM, c);
    case 2:
        return cleat_sftp_readdir(s, f, c);
    case 3:
        return cleat_sftp_fstat(s, f, c);
    case 4:
        return cleat_sftp_fsetstat(s, f, &attrs, c);
    case 5:
        return cleat_sftp_ranges(s, f, 0, 0, c);
    case 6:
        return cleat_sftp_hash(s, f, "sha256,md5", 0, 0, 0, c);
    case 7:
        return cleat_sftp_fstatvfs(s, f, c);
    case 8:
        return cleat_sftp_lock(s, f, 0, 1, CLEAT_SFTP_OPEN_BLOCK_ADVISORY, c);
    case 9:
        return cleat_sftp_text_seek(s, f, 3, c);
    default:
        return cleat_sftp_close(s, f, c);
    }
}

static cleat_status ask_by_name(const program *p, call *c)
{
    static const uint32_t ids[] = {0, 1, 0xFFFFFFFF};
    cleat_sftp *s = p->client;
    switch (p->turn % 11) {
    case 0:
        return cleat_sftp_open(s, "a", CLEAT_SFTP_READ_DATA, CLEAT_SFTP_OPEN_EXISTING, NULL, c);
    case 1:
        return cleat_sftp_opendir(s, "d", c);
    case 2:
        return cleat_sftp_stat(s, "a", true, c);
    case 3:
        return cleat_sftp_readlink(s, "l", c);
    case 4:
        return cleat_sftp_realpath(s, ".", p->turn % 3 + CLEAT_SFTP_CHECK_NONE, c);
    case 5:
        return cleat_sftp_statvfs_at(s, "/", c);
    case 6:
        return cleat_sftp_accounts(s, ids, 3, ids, 2, c);
    case 7:
        return cleat_sftp_space_at(s, "/", c);
    case 8:
        return cleat_sftp_expand(s, "~", c);
    case 9:
        return cleat_sftp_rename(s, "a", "b", CLEAT_SFTP_RENAME_OVERWRITE, c);
    default:
        return cleat_sftp_symlink(s, "a", "b", c);
    }
}

static void ask(program *p)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        call *c = &p->calls[i];
        if (c->open)
            continue;
        p->turn++;
        cleat_status st = p->turn % 2 ? ask_by_name(p, c) : ask_by_handle(p, c);
        c->open = st == CLEAT_OK;
        if (c->open && p->turn % 29 == 0) {
            cleat_sftp_abandon(p->client, c);
            c->open = false;
        }
    }
}

static void look_at(program *p, cleat_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        p->seen += s.data[i];
}

static void look_at_attrs(program *p, const cleat_sftp_attrs *a)
{
    look_at(p, a->owner);
    look_at(p, a->group);
    look_at(p, a->acl);
    look_at(p, a->mime_type);
    look_at(p, a->untranslated_name);
    look_at(p, a->extended);
    p->seen += a->type + (unsigned)a->size;
}

static void look_at_all(program *p, const cleat_sftp_answer *a)
{
    p->seen += (unsigned)(strlen(a->text) + strlen(a->language));
    if (a->code != CLEAT_SFTP_OK)
        return;
    for (size_t i = 0; i < a->name_count; i++) {
        look_at(p, a->names[i].name);
        look_at(p, a->names[i].long_name);
        look_at_attrs(p, &a->names[i].attrs);
    }
    if (a->attrs)
        look_at_attrs(p, a->attrs);
    for (size_t i = 0; i < a->range_count; i++)
        p->seen += (unsigned)a->ranges[i].length;
    for (size_t i = 0; i < a->account_count; i++)
        p->seen += (unsigned)strlen(a->accounts[i]);
    if (a->algorithm)
        p->seen += (unsigned)strlen(a->algorithm);
    look_at(p, a->hashes);
    if (a->read > ROOM)
        __builtin_trap();
}

static void note(program *p, const cleat_sftp_answer *a)
{
    call *c = a->tag;
    look_at_all(p, a);
    if (a->request == CLEAT_SFTP_REQ_START) {
        if (p->started)
            __builtin_trap();
        p->started = a->code == CLEAT_SFTP_OK;
        return;
    }
    if (!c || !c->open)
        __builtin_trap();
    c->open = false;
    if (a->request == CLEAT_SFTP_REQ_OPEN && a->code == CLEAT_SFTP_OK)
        p->file = a->handle;
}

/* False: the session has ended. */
static bool take(program *p, cleat_slice bytes)
{
    const cleat_sftp_answer *a;
    size_t count;
    do {
        if (cleat_sftp_recv(p->client, &bytes, &a) != CLEAT_OK)
            return false;
        if (a)
            note(p, a);
        if (a && p->started)
            ask(p);
    } while (a);
    const cleat_slice *pieces = cleat_sftp_send_peek(p->client, &count);
    if (count)
        cleat_sftp_send_done(p->client, pieces[0].len);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    program p = {.turn = 0, .file = {.len = 1}};
    const cleat_sftp_options options = {.struct_size = sizeof options,
                                        .version = size ? 3 + data[0] % 4u : 3};
    if (cleat_sftp_new(&p.client, fuzz_ctx(), &options) != CLEAT_OK)
        return 0;
    for (size_t at = 1; at < size; at += PIECE) {
        const size_t n = size - at < PIECE ? size - at : PIECE;
        if (!take(&p, (cleat_slice){data + at, n}))
            break;
    }
    cleat_sftp_free(p.client);
    return 0;
}
