/* The SFTP server without files: what clients send becomes requests, and answers become packets. */
#include "base/alloc.h"
#include "base/compat.h"
#include "service/sftp_messages.h"
#include "service/sftp_version.h"

#include <CUnit/CUnit.h>

typedef struct talk {
    cleat_ctx *ctx;
    cleat_sftp_server *s;
    cl_buf in;     /* what the client sends */
    cl_buf answer; /* the last packet taken, without its length */
    unsigned version;
} talk;

static void begin_with(talk *t, unsigned version, cleat_sftp_server_options options)
{
    *t = (talk){
        .version = version, .in = CL_BUF(&cl_alloc_default), .answer = CL_BUF(&cl_alloc_default)};
    options.struct_size = sizeof options;
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&t->ctx, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_sftp_server_new(&t->s, t->ctx, &options), CLEAT_OK);
    cl_sftp_put_init(&t->in, version);
}

static cleat_status feed(talk *t)
{
    cleat_status st = cleat_sftp_server_recv(t->s, cl_buf_slice(&t->in));
    cl_buf_reset(&t->in);
    return st;
}

/* The next packet for the client. */
static cl_sftp_head take(talk *t)
{
    cl_sftp_head head = {0};
    uint8_t length[4];
    cl_buf_reset(&t->answer);
    cleat_slice out = cleat_sftp_server_send_peek(t->s);
    CU_ASSERT_FATAL(out.len >= 4);
    memcpy(length, out.data, 4);
    uint32_t len = cl_load_u32(length);
    CU_ASSERT_FATAL(out.len >= 4 + len);
    cl_buf_add(&t->answer, out.data + 4, len);
    cleat_sftp_server_send_done(t->s, 4 + len);
    CU_ASSERT_EQUAL(cl_sftp_read_head(cl_buf_slice(&t->answer), &head), CLEAT_OK);
    return head;
}

static const cleat_sftp_request *ask(talk *t)
{
    CU_ASSERT_EQUAL(feed(t), CLEAT_OK);
    return cleat_sftp_server_next(t->s);
}

static uint32_t code_in(talk *t, const cl_sftp_head *head)
{
    cl_sftp_status m = {0};
    CU_ASSERT_EQUAL(head->type, CL_SFTP_status);
    CU_ASSERT_EQUAL(cl_sftp_decode_status(head->fields, t->version, &m), CLEAT_OK);
    return m.code;
}

static void begin(talk *t, unsigned version)
{
    begin_with(t, version, (cleat_sftp_server_options){.struct_size = 0});
    CU_ASSERT_PTR_NULL(ask(t));
    CU_ASSERT_EQUAL(take(t).type, CL_SFTP_version);
}

static void end(talk *t)
{
    cleat_sftp_server_free(t->s);
    cleat_ctx_unref(t->ctx);
    cl_buf_free(&t->in);
    cl_buf_free(&t->answer);
}

/* Opens a file; its handle's string. */
static cleat_slice open_file(talk *t, void *user, uint8_t room[16])
{
    cl_sftp_handle m;
    const cl_sftp_open open = {.path = CL_SLICE_LIT("f"),
                               .pflags = CL_SFTP_PFLAG_READ,
                               .access = CLEAT_SFTP_READ_DATA,
                               .flags = CLEAT_SFTP_OPEN_EXISTING};
    cl_sftp_encode_open(&t->in, 1, t->version, &open);
    const cleat_sftp_request *q = ask(t);
    CU_ASSERT_PTR_NOT_NULL_FATAL(q);
    CU_ASSERT_EQUAL(q->op, CLEAT_SFTP_OP_OPEN);
    CU_ASSERT_STRING_EQUAL(q->path, "f");
    CU_ASSERT_TRUE(q->access & CLEAT_SFTP_READ_DATA);
    CU_ASSERT_EQUAL(q->flags, CLEAT_SFTP_OPEN_EXISTING);
    CU_ASSERT_EQUAL(cleat_sftp_answer_handle(t->s, q->query, user), CLEAT_OK);
    cl_sftp_head head = take(t);
    CU_ASSERT_EQUAL_FATAL(head.type, CL_SFTP_handle);
    CU_ASSERT_EQUAL(cl_sftp_decode_handle(head.fields, t->version, &m), CLEAT_OK);
    CU_ASSERT_FATAL(m.handle.len <= 16);
    memcpy(room, m.handle.data, m.handle.len);
    return cl_slice(room, m.handle.len);
}

/* ---- the beginning ---- */

static void the_lower_version_is_agreed_on(void)
{
    static const struct {
        unsigned asked, max, got;
    } cases[] = {{3, 0, 3}, {6, 0, 6}, {6, 4, 4}, {99, 0, 6}, {5, 6, 5}, {1, 0, 3}};
    for (size_t i = 0; i < CL_COUNT(cases); i++) {
        talk t;
        begin_with(&t, cases[i].asked, (cleat_sftp_server_options){.version_max = cases[i].max});
        CU_ASSERT_PTR_NULL(ask(&t));
        cl_sftp_head head = take(&t);
        CU_ASSERT_EQUAL(head.type, CL_SFTP_version);
        CU_ASSERT_EQUAL(head.id, cases[i].got);
        CU_ASSERT_EQUAL(cleat_sftp_server_version(t.s), cases[i].got);
        CU_ASSERT_EQUAL(cleat_sftp_server_client_version(t.s), cases[i].asked);
        end(&t);
    }
}

static void nonsense_ends_the_session(void)
{
    static const struct {
        const char *bytes;
        size_t len;
        cleat_status st;
    } cases[] = {
        {"\0\0\0\5\3\0\0\0\1", 9, CLEAT_E_PROTO}, /* no INIT first */
        {"\0\0\0\0", 4, CLEAT_E_PROTO},           /* no message at all */
        {"\0\0\0\4\1\0\0\0", 8, CLEAT_E_PROTO},   /* no version */
        {"\0\4\0\1", 4, CLEAT_E_LIMIT},           /* one byte too long */
        {"\xFF\xFF\xFF\xFF", 4, CLEAT_E_LIMIT},
        {"\0\0\0\5\1\0\0\0\3\0\0\0\5\1\0\0\0\3", 18, CLEAT_E_PROTO}, /* two INITs */
    };
    for (size_t i = 0; i < CL_COUNT(cases); i++) {
        talk t;
        begin_with(&t, 3, (cleat_sftp_server_options){.struct_size = 0});
        cl_buf_reset(&t.in);
        cl_buf_add(&t.in, cases[i].bytes, cases[i].len);
        cleat_status st = feed(&t);
        CU_ASSERT_PTR_NULL(cleat_sftp_server_next(t.s));
        CU_ASSERT_EQUAL(cleat_sftp_server_status(t.s), cases[i].st);
        (void)st;
        end(&t);
    }
}

static void a_version_may_be_selected_once(void)
{
    const cl_sftp_version_select five = {.version = CL_SLICE_LIT("5")};
    talk t;
    begin(&t, 3);
    cl_sftp_encode_version_select(&t.in, 4, 3, &five);
    CU_ASSERT_PTR_NULL(ask(&t));
    cl_sftp_head head = take(&t);
    CU_ASSERT_EQUAL(code_in(&t, &head), CLEAT_SFTP_OK);
    CU_ASSERT_EQUAL(cleat_sftp_server_version(t.s), 5);
    cl_sftp_encode_version_select(&t.in, 5, 5, &five);
    CU_ASSERT_PTR_NULL(ask(&t));
    CU_ASSERT_EQUAL(cleat_sftp_server_status(t.s), CLEAT_E_PROTO);
    end(&t);
}

/* ---- requests ---- */

static void handles_are_what_was_given(void)
{
    int user;
    uint8_t room[16];
    for (unsigned v = CLEAT_SFTP_VERSION_MIN; v <= CLEAT_SFTP_VERSION_MAX; v++) {
        talk t;
        begin(&t, v);
        const cl_sftp_read read = {.handle = open_file(&t, &user, room), .offset = 7, .length = 5};
        cl_sftp_encode_read(&t.in, 2, v, &read);
        const cleat_sftp_request *q = ask(&t);
        CU_ASSERT_PTR_NOT_NULL_FATAL(q);
        CU_ASSERT_EQUAL(q->op, CLEAT_SFTP_OP_READ);
        CU_ASSERT_PTR_EQUAL(q->handle.user, &user);
        CU_ASSERT_EQUAL(q->offset, 7);
        size_t n;
        uint8_t *space = cleat_sftp_answer_space(t.s, q->query, &n);
        CU_ASSERT_PTR_NOT_NULL_FATAL(space);
        CU_ASSERT_EQUAL(n, 5);
        memcpy(space, "abc", 3);
        CU_ASSERT_EQUAL(cleat_sftp_answer_data(t.s, q->query, 6, false), CLEAT_E_BAD_CALL);
        uint64_t query = q->query;
        CU_ASSERT_EQUAL(cleat_sftp_answer_data(t.s, query, 3, true), CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_sftp_answer_data(t.s, query, 3, true), CLEAT_E_STALE);
        cl_sftp_head head = take(&t);
        cl_sftp_data m;
        CU_ASSERT_EQUAL(head.type, CL_SFTP_data);
        CU_ASSERT_EQUAL(head.id, 2);
        CU_ASSERT_EQUAL_FATAL(cl_sftp_decode_data(head.fields, v, &m), CLEAT_OK);
        CU_ASSERT_TRUE(cl_slice_is(m.data, "abc"));
        CU_ASSERT_EQUAL(cl_sftp_says_end(m.end, v), v == 6);
        end(&t);
    }
}

static void wrong_handles_are_refused(void)
{
    int user;
    uint8_t room[16];
    talk t;
    begin(&t, 6);
    cleat_slice good = open_file(&t, &user, room);
    for (size_t i = 0; i <= good.len; i++) {
        uint8_t bad[16] = {0};
        memcpy(bad, good.data, good.len);
        bad[i] ^= 1;
        const cl_sftp_read read = {.handle = {bad, good.len + (i == good.len)}, .length = 1};
        cl_sftp_encode_read(&t.in, 9, 6, &read);
        CU_ASSERT_PTR_NULL(ask(&t));
        cl_sftp_head head = take(&t);
        CU_ASSERT_EQUAL(code_in(&t, &head), CLEAT_SFTP_INVALID_HANDLE);
    }
    const cl_sftp_readdir list = {.handle = good}; /* a file's, where a directory's is wanted */
    cl_sftp_encode_readdir(&t.in, 9, 6, &list);
    CU_ASSERT_PTR_NULL(ask(&t));
    cl_sftp_head head = take(&t);
    CU_ASSERT_EQUAL(code_in(&t, &head), CLEAT_SFTP_INVALID_HANDLE);
    end(&t);
}

static void a_close_waits_for_what_came_before(void)
{
    int user;
    uint8_t room[16];
    talk t;
    begin(&t, 3);
    cleat_slice handle = open_file(&t, &user, room);
    const cl_sftp_read read = {.handle = handle, .length = 5};
    const cl_sftp_close close = {.handle = handle};
    cl_sftp_encode_read(&t.in, 2, 3, &read);
    cl_sftp_encode_close(&t.in, 3, 3, &close);
    cl_sftp_encode_read(&t.in, 4, 3, &read);
    const cleat_sftp_request *first = ask(&t);
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_PTR_NULL(cleat_sftp_server_next(t.s)); /* neither the close nor what came after it */
    cl_sftp_head head = take(&t);
    CU_ASSERT_EQUAL(head.id, 4);
    CU_ASSERT_EQUAL(code_in(&t, &head), CLEAT_SFTP_FAILURE);
    CU_ASSERT_EQUAL(cleat_sftp_answer_status(t.s, first->query, CLEAT_SFTP_EOF, NULL), CLEAT_OK);
    const cleat_sftp_request *last = cleat_sftp_server_next(t.s);
    CU_ASSERT_PTR_NOT_NULL_FATAL(last);
    CU_ASSERT_EQUAL(last->op, CLEAT_SFTP_OP_CLOSE);
    CU_ASSERT_EQUAL(cleat_sftp_answer_status(t.s, last->query, CLEAT_SFTP_OK, NULL), CLEAT_OK);
    cleat_sftp_server_eof(t.s);
    CU_ASSERT_PTR_NULL(cleat_sftp_server_next(t.s));
    take(&t);
    take(&t);
    CU_ASSERT_TRUE(cleat_sftp_server_is_over(t.s));
    end(&t);
}

static void a_text_may_be_in_any_language(void)
{
    const cl_sftp_stat stat = {.path = CL_SLICE_LIT("x")};
    cl_sftp_status m;
    cleat_slice language;
    talk t;
    begin(&t, 3);
    cl_sftp_encode_stat(&t.in, 1, 3, &stat);
    const cleat_sftp_request *q = ask(&t);
    CU_ASSERT_PTR_NOT_NULL_FATAL(q);
    CU_ASSERT_EQUAL(
        cleat_sftp_answer_status_in(t.s, q->query, CLEAT_SFTP_NO_SUCH_FILE, "fehlt", "de"),
        CLEAT_OK);
    CU_ASSERT_EQUAL(cl_sftp_decode_status(take(&t).fields, 3, &m), CLEAT_OK);
    CU_ASSERT_EQUAL(m.code, CLEAT_SFTP_NO_SUCH_FILE);
    CU_ASSERT_TRUE(cl_slice_is(cl_sftp_status_text(m.text, &language), "fehlt"));
    CU_ASSERT_TRUE(cl_slice_is(language, "de"));
    end(&t);
}

static void what_is_open_is_closed_at_the_end(void)
{
    int user;
    uint8_t room[16];
    talk t;
    begin(&t, 3);
    open_file(&t, &user, room);
    cleat_sftp_server_abandon(t.s);
    CU_ASSERT_FALSE(cleat_sftp_server_is_over(t.s));
    const cleat_sftp_request *q = cleat_sftp_server_next(t.s);
    CU_ASSERT_PTR_NOT_NULL_FATAL(q);
    CU_ASSERT_TRUE(q->op == CLEAT_SFTP_OP_CLOSE && q->forced && q->handle.user == &user);
    CU_ASSERT_EQUAL(cleat_sftp_answer_status(t.s, q->query, CLEAT_SFTP_OK, NULL), CLEAT_OK);
    CU_ASSERT_TRUE(cleat_sftp_server_is_over(t.s));
    CU_ASSERT_EQUAL(cleat_sftp_server_send_peek(t.s).len, 0);
    end(&t);
}

static void handles_are_bounded(void)
{
    int user;
    uint8_t room[16];
    talk t;
    begin_with(&t, 3, (cleat_sftp_server_options){.handles_max = 2});
    CU_ASSERT_PTR_NULL(ask(&t));
    take(&t);
    open_file(&t, &user, room);
    open_file(&t, &user, room);
    const cl_sftp_opendir open = {.path = CL_SLICE_LIT("d")};
    cl_sftp_encode_opendir(&t.in, 5, 3, &open);
    const cleat_sftp_request *q = ask(&t);
    CU_ASSERT_PTR_NOT_NULL_FATAL(q);
    CU_ASSERT_EQUAL(cleat_sftp_answer_handle(t.s, q->query, &user), CLEAT_E_LIMIT);
    CU_ASSERT_EQUAL(cleat_sftp_answer_status(t.s, q->query, CLEAT_SFTP_FAILURE, NULL), CLEAT_OK);
    end(&t);
}

static void requests_are_bounded_and_wait_in_the_window(void)
{
    const cl_sftp_stat stat = {.path = CL_SLICE_LIT("x")};
    talk t;
    begin_with(&t, 3, (cleat_sftp_server_options){.requests_max = 2, .pending_max = 64});
    CU_ASSERT_PTR_NULL(ask(&t));
    take(&t);
    CU_ASSERT_EQUAL(cleat_sftp_server_consumed(t.s), 9);
    for (uint32_t i = 0; i < 20; i++)
        cl_sftp_encode_stat(&t.in, i, 3, &stat);
    size_t sent = t.in.len;
    const cleat_sftp_request *q = ask(&t);
    const cleat_sftp_request *second = cleat_sftp_server_next(t.s);
    CU_ASSERT_TRUE_FATAL(q && second);
    CU_ASSERT_PTR_NULL(cleat_sftp_server_next(t.s));
    CU_ASSERT_EQUAL(cleat_sftp_server_consumed(t.s), 0);
    size_t credited = 0;
    unsigned answered = 0;
    for (q = second; q; q = cleat_sftp_server_next(t.s)) {
        uint64_t query = q->query;
        CU_ASSERT_EQUAL(cleat_sftp_answer_status(t.s, query, CLEAT_SFTP_FAILURE, NULL), CLEAT_OK);
        answered++;
        take(&t);
        credited += cleat_sftp_server_consumed(t.s);
    }
    CU_ASSERT_EQUAL(answered, 19);
    CU_ASSERT_EQUAL(credited, sent);
    end(&t);
}

static void symlinks_are_as_the_client_means_them(void)
{
    static const struct {
        const char *client;
        unsigned version;
        bool link_first;
    } cases[] = {
        {NULL, 3, false},
        {"SSH-2.0-OpenSSH_9.2", 3, false},
        {"SSH-2.0-libssh_0.10.4", 3, true},
        {"SSH-2.0-libssh2_1.10.0", 3, false},
        {"SSH-2.0-AsyncSSH_2.10.1", 3, true},
        {NULL, 4, true},
        {"SSH-2.0-OpenSSH_9.2", 5, true},
    };
    const cl_sftp_symlink m = {.first = CL_SLICE_LIT("one"), .second = CL_SLICE_LIT("two")};
    for (size_t i = 0; i < CL_COUNT(cases); i++) {
        talk t;
        begin_with(&t, cases[i].version, (cleat_sftp_server_options){.client = cases[i].client});
        cl_sftp_encode_symlink(&t.in, 1, cases[i].version, &m);
        const cleat_sftp_request *q = ask(&t);
        CU_ASSERT_PTR_NOT_NULL_FATAL(q);
        CU_ASSERT_EQUAL(q->op, CLEAT_SFTP_OP_SYMLINK);
        CU_ASSERT_STRING_EQUAL(q->new_path, cases[i].link_first ? "one" : "two");
        CU_ASSERT_STRING_EQUAL(q->path, cases[i].link_first ? "two" : "one");
        end(&t);
    }
}

static void denied_requests_are_neither_done_nor_announced(void)
{
    const cl_sftp_remove remove = {.path = CL_SLICE_LIT("x")};
    const cl_sftp_fsync sync = {.handle = CL_SLICE_LIT("x")};
    talk t;
    begin_with(&t, 3, (cleat_sftp_server_options){.denied = "remove,fsync"});
    CU_ASSERT_PTR_NULL(ask(&t));
    cl_sftp_head head = take(&t);
    cl_sftp_hello hello;
    CU_ASSERT_EQUAL(cl_sftp_read_version(&head, &hello), CLEAT_OK);
    CU_ASSERT_EQUAL(hello.features, CL_SFTP_ALL_FEATURES & ~CL_SFTP_HAS_FSYNC);
    cl_sftp_encode_remove(&t.in, 1, 3, &remove);
    cl_sftp_encode_fsync(&t.in, 1, 3, &sync);
    CU_ASSERT_PTR_NULL(ask(&t));
    for (int i = 0; i < 2; i++) {
        head = take(&t);
        CU_ASSERT_EQUAL(code_in(&t, &head), CLEAT_SFTP_PERMISSION_DENIED);
    }
    CU_ASSERT_TRUE(cleat_sftp_server_knows("posix-rename,x", 12));
    CU_ASSERT_FALSE(cleat_sftp_server_knows("posix", 5));
    end(&t);
}

/* ---- ACLs ---- */

static const uint8_t acl[] = "\0\0\0\1 not read";
static const cleat_sftp_attrs with_acl = {.has = CLEAT_SFTP_HAS_PERMISSIONS | CLEAT_SFTP_HAS_ACL,
                                          .type = CLEAT_SFTP_REGULAR,
                                          .permissions = 0600,
                                          .acl = {acl, sizeof acl - 1}};

/* All requests that have attributes. */
enum { OPEN, MKDIR, SETSTAT, LSETSTAT, FSETSTAT, ACL_REQUESTS };

static void put_with_acl(talk *t, unsigned which, cleat_slice handle)
{
    const cleat_slice path = CL_SLICE_LIT("p");
    const cl_sftp_open open = {.path = path, .access = CLEAT_SFTP_WRITE_DATA, .attrs = with_acl};
    const cl_sftp_mkdir mkdir = {.path = path, .attrs = with_acl};
    const cl_sftp_setstat set = {.path = path, .attrs = with_acl};
    const cl_sftp_lsetstat lset = {.path = path, .attrs = with_acl};
    const cl_sftp_fsetstat fset = {.handle = handle, .attrs = with_acl};
    switch (which) {
    case OPEN:
        cl_sftp_encode_open(&t->in, 9, t->version, &open);
        break;
    case MKDIR:
        cl_sftp_encode_mkdir(&t->in, 9, t->version, &mkdir);
        break;
    case SETSTAT:
        cl_sftp_encode_setstat(&t->in, 9, t->version, &set);
        break;
    case LSETSTAT:
        cl_sftp_encode_lsetstat(&t->in, 9, t->version, &lset);
        break;
    default:
        cl_sftp_encode_fsetstat(&t->in, 9, t->version, &fset);
        break;
    }
}

/* Version 4 announces no attributes, and 5 no kinds of ACLs. */
static void begin_with_acl(talk *t, unsigned version, uint32_t kinds)
{
    cl_sftp_hello hello;
    begin_with(t, version, (cleat_sftp_server_options){.acl = kinds});
    CU_ASSERT_PTR_NULL(ask(t));
    cl_sftp_head head = take(t);
    CU_ASSERT_EQUAL(cl_sftp_read_version(&head, &hello), CLEAT_OK);
    CU_ASSERT_EQUAL((hello.supported.attributes & CLEAT_SFTP_HAS_ACL) != 0, version >= 5 && kinds);
    CU_ASSERT_EQUAL(hello.has_acl, version == 6);
    CU_ASSERT_EQUAL(hello.acl, version == 6 ? kinds : 0);
}

static void acls_are_refused_where_the_program_sets_none(void)
{
    int user;
    uint8_t room[16];
    for (unsigned v = 4; v <= CLEAT_SFTP_VERSION_MAX; v++) {
        talk t;
        begin_with_acl(&t, v, 0);
        cleat_slice handle = open_file(&t, &user, room);
        for (unsigned i = 0; i < ACL_REQUESTS; i++) {
            put_with_acl(&t, i, handle);
            CU_ASSERT_PTR_NULL(ask(&t));
            cl_sftp_head head = take(&t);
            CU_ASSERT_EQUAL(code_in(&t, &head), CLEAT_SFTP_OP_UNSUPPORTED);
        }
        const cl_sftp_close close = {.handle = handle};
        cl_sftp_encode_close(&t.in, 10, v, &close);
        const cleat_sftp_request *q = ask(&t); /* nothing holds the handle back */
        CU_ASSERT_PTR_NOT_NULL_FATAL(q);
        CU_ASSERT_EQUAL(q->op, CLEAT_SFTP_OP_CLOSE);
        CU_ASSERT_EQUAL(cleat_sftp_answer_status(t.s, q->query, CLEAT_SFTP_OK, NULL), CLEAT_OK);
        end(&t);
    }
}

static void acls_come_as_they_are_where_the_program_sets_them(void)
{
    int user;
    uint8_t room[16];
    for (unsigned v = 4; v <= CLEAT_SFTP_VERSION_MAX; v++) {
        talk t;
        begin_with_acl(&t, v, CLEAT_SFTP_ACL_ALLOW | CLEAT_SFTP_ACL_DENY);
        cleat_slice handle = open_file(&t, &user, room);
        for (unsigned i = 0; i < ACL_REQUESTS; i++) {
            put_with_acl(&t, i, handle);
            const cleat_sftp_request *q = ask(&t);
            CU_ASSERT_PTR_NOT_NULL_FATAL(q);
            CU_ASSERT_EQUAL(q->attrs.has, with_acl.has);
            CU_ASSERT_TRUE(cleat_slice_equal(q->attrs.acl, with_acl.acl));
            CU_ASSERT_EQUAL(cleat_sftp_answer_status(t.s, q->query, CLEAT_SFTP_OK, NULL), CLEAT_OK);
            take(&t);
        }
        end(&t);
    }
}

/* Whoever tells an ACL need not set any. */
static void acls_are_told_as_they_are(void)
{
    const cl_sftp_stat stat = {.path = CL_SLICE_LIT("p"), .wanted = CLEAT_SFTP_HAS_ACL};
    cl_sftp_attrs m;
    for (unsigned v = 4; v <= CLEAT_SFTP_VERSION_MAX; v++) {
        talk t;
        begin(&t, v);
        cl_sftp_encode_stat(&t.in, 1, v, &stat);
        const cleat_sftp_request *q = ask(&t);
        CU_ASSERT_PTR_NOT_NULL_FATAL(q);
        CU_ASSERT_EQUAL(q->wanted, CLEAT_SFTP_HAS_ACL);
        CU_ASSERT_EQUAL(cleat_sftp_answer_attrs(t.s, q->query, &with_acl), CLEAT_OK);
        cl_sftp_head head = take(&t);
        CU_ASSERT_EQUAL(head.type, CL_SFTP_attrs);
        CU_ASSERT_EQUAL_FATAL(cl_sftp_decode_attrs(head.fields, v, &m), CLEAT_OK);
        CU_ASSERT_TRUE(cleat_slice_equal(m.attrs.acl, with_acl.acl));
        end(&t);
    }
}

/* Every request whose fields end too early is refused, and the session goes on. */
static void broken_requests_are_bad_messages(void)
{
    const cl_sftp_stat stat = {.path = CL_SLICE_LIT("path")};
    talk t;
    begin(&t, 6);
    cl_buf whole = CL_BUF(&cl_alloc_default);
    cl_sftp_encode_stat(&whole, 3, 6, &stat);
    for (size_t len = 5; len < whole.len - 4; len++) {
        cl_put_u32(&t.in, (uint32_t)len);
        cl_buf_add(&t.in, whole.data + 4, len);
        CU_ASSERT_PTR_NULL(ask(&t));
        cl_sftp_head head = take(&t);
        CU_ASSERT_EQUAL(code_in(&t, &head), CLEAT_SFTP_BAD_MESSAGE);
    }
    cl_buf_free(&whole);
    const cl_sftp_stat zero = {.path = CL_SLICE_LIT("pa\0th")};
    cl_sftp_encode_stat(&t.in, 3, 6, &zero);
    CU_ASSERT_PTR_NULL(ask(&t));
    cl_sftp_head head = take(&t);
    CU_ASSERT_EQUAL(code_in(&t, &head), CLEAT_SFTP_BAD_MESSAGE);
    end(&t);
}

static void limits_are_told(void)
{
    const cl_sftp_limits m = {0};
    cl_sftp_limits_reply limits;
    talk t;
    begin(&t, 3);
    cl_sftp_encode_limits(&t.in, 8, 3, &m);
    CU_ASSERT_PTR_NULL(ask(&t));
    cl_sftp_head head = take(&t);
    CU_ASSERT_EQUAL(head.type, CL_SFTP_extended_reply);
    CU_ASSERT_EQUAL(cl_sftp_decode_limits_reply(head.fields, 3, &limits), CLEAT_OK);
    CU_ASSERT_EQUAL(limits.packet_max, 256 << 10);
    CU_ASSERT_EQUAL(limits.read_max, (256 << 10) - 1024);
    end(&t);
}

static void packets_come_however_they_are_cut(void)
{
    const cl_sftp_stat stat = {.path = CL_SLICE_LIT("a path")};
    for (size_t piece = 1; piece < 40; piece++) {
        talk t;
        begin_with(&t, 3, (cleat_sftp_server_options){.struct_size = 0});
        for (uint32_t i = 0; i < 5; i++)
            cl_sftp_encode_stat(&t.in, i, 3, &stat);
        unsigned seen = 0;
        for (size_t at = 0; at < t.in.len; at += piece) {
            const cleat_sftp_request *q;
            cleat_slice part = cl_slice_cut(cl_buf_slice(&t.in), at, at + piece);
            CU_ASSERT_EQUAL(cleat_sftp_server_recv(t.s, part), CLEAT_OK);
            while ((q = cleat_sftp_server_next(t.s)) != NULL)
                seen += strcmp(q->path, "a path") == 0;
        }
        CU_ASSERT_EQUAL(seen, 5);
        end(&t);
    }
}

void suite_sftp_server(void)
{
    CU_pSuite s = CU_add_suite("sftp_server", NULL, NULL);
    CU_add_test(s, "the_lower_version_is_agreed_on", the_lower_version_is_agreed_on);
    CU_add_test(s, "nonsense_ends_the_session", nonsense_ends_the_session);
    CU_add_test(s, "a_version_may_be_selected_once", a_version_may_be_selected_once);
    CU_add_test(s, "handles_are_what_was_given", handles_are_what_was_given);
    CU_add_test(s, "wrong_handles_are_refused", wrong_handles_are_refused);
    CU_add_test(s, "a_close_waits_for_what_came_before", a_close_waits_for_what_came_before);
    CU_add_test(s, "a_text_may_be_in_any_language", a_text_may_be_in_any_language);
    CU_add_test(s, "what_is_open_is_closed_at_the_end", what_is_open_is_closed_at_the_end);
    CU_add_test(s, "handles_are_bounded", handles_are_bounded);
    CU_add_test(s, "requests_are_bounded_and_wait_in_the_window",
                requests_are_bounded_and_wait_in_the_window);
    CU_add_test(s, "symlinks_are_as_the_client_means_them", symlinks_are_as_the_client_means_them);
    CU_add_test(s, "denied_requests_are_neither_done_nor_announced",
                denied_requests_are_neither_done_nor_announced);
    CU_add_test(s, "acls_are_refused_where_the_program_sets_none",
                acls_are_refused_where_the_program_sets_none);
    CU_add_test(s, "acls_come_as_they_are_where_the_program_sets_them",
                acls_come_as_they_are_where_the_program_sets_them);
    CU_add_test(s, "acls_are_told_as_they_are", acls_are_told_as_they_are);
    CU_add_test(s, "broken_requests_are_bad_messages", broken_requests_are_bad_messages);
    CU_add_test(s, "limits_are_told", limits_are_told);
    CU_add_test(s, "packets_come_however_they_are_cut", packets_come_however_they_are_cut);
}
