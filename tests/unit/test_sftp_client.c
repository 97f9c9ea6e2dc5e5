/* SFTP's client against answers that are made here, in pieces of every size. */
#include "alg/ctx.h"
#include "service/sftp_client.h"

#include <cleat/sftp_client.h>

#include <CUnit/CUnit.h>
#include <string.h>

static cleat_ctx *ctx;
static cleat_sftp *s;
static cl_buf sent; /* by the client, as it would be on the wire */
static cl_buf in;   /* what the server says next */
static int tags[16];

static int init(void)
{
    return cleat_ctx_new(&ctx, NULL) == CLEAT_OK ? 0 : 1;
}

static int clean(void)
{
    cleat_ctx_unref(ctx);
    return 0;
}

/* ---- both directions ---- */

static void flush(void)
{
    size_t count;
    for (;;) {
        const cleat_slice *pieces = cleat_sftp_send_peek(s, &count);
        if (!count)
            return;
        size_t n = pieces[0].len > 7 ? 7 : pieces[0].len;
        cl_buf_add(&sent, pieces[0].data, n);
        cleat_sftp_send_done(s, n);
    }
}

/* The next request; its packet leaves `sent` with the call after. */
static cl_sftp_head request(void)
{
    static size_t taken;
    cl_sftp_head head = {0};
    flush();
    cl_buf_drop(&sent, sent.len < taken ? sent.len : taken);
    CU_ASSERT_FATAL(sent.len >= 9);
    taken = 4 + cl_load_u32(sent.data);
    CU_ASSERT_FATAL(sent.len >= taken);
    CU_ASSERT_EQUAL(cl_sftp_read_head(cl_slice(sent.data + 4, taken - 4), &head), CLEAT_OK);
    if (taken == sent.len) {
        static uint8_t last[CL_SFTP_PACKET_MAX];
        memcpy(last, head.fields.data, head.fields.len);
        head.fields.data = last;
        cl_buf_truncate(&sent, 0);
        taken = 0;
    }
    return head;
}

/* What the server has said, in pieces of `step` bytes, up to one answer. */
static cleat_status hear(size_t step, const cleat_sftp_answer **answer)
{
    cleat_status st = CLEAT_OK;
    size_t at = 0;
    *answer = NULL;
    while (st == CLEAT_OK && !*answer && at < in.len) {
        cleat_slice bytes = cl_slice(in.data + at, in.len - at < step ? in.len - at : step);
        size_t before = bytes.len;
        st = cleat_sftp_recv(s, &bytes, answer);
        at += before - bytes.len;
    }
    cl_buf_drop(&in, at);
    return st;
}

static const cleat_sftp_answer *hear_one(size_t step)
{
    const cleat_sftp_answer *answer;
    CU_ASSERT_EQUAL(hear(step, &answer), CLEAT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
    return answer;
}

static void start_with(unsigned wanted, const cl_sftp_hello *hello)
{
    const cleat_sftp_options options = {.struct_size = sizeof options, .version = wanted};
    sent = in = CL_BUF(cl_ctx_env(ctx)->mem);
    CU_ASSERT_EQUAL_FATAL(cleat_sftp_new(&s, ctx, &options), CLEAT_OK);
    cl_sftp_head head = request();
    CU_ASSERT_EQUAL(head.type, CL_SFTP_init);
    CU_ASSERT_EQUAL(head.id, wanted);
    cl_sftp_put_version(&in, hello);
}

static void start(unsigned version, uint32_t features)
{
    const cl_sftp_hello hello = {.version = version, .features = features};
    start_with(version, &hello);
    const cleat_sftp_answer *a = hear_one(3);
    CU_ASSERT_EQUAL(a->request, CLEAT_SFTP_REQ_START);
    CU_ASSERT_EQUAL(cleat_sftp_version(s), version);
}

static void stop(void)
{
    cleat_sftp_free(s);
    cl_buf_free(&sent);
    cl_buf_free(&in);
}

static const cleat_sftp_file handle = {.len = 3, .bytes = "abc"};

/* ---- starting ---- */

static void asks_for_limits(void)
{
    const cl_sftp_hello hello = {.version = 3, .features = CL_SFTP_HAS_LIMITS};
    const cl_sftp_limits_reply limits = {
        .packet_max = 1 << 30, .read_max = 1 << 30, .write_max = 70000, .handles_max = 99};
    const cleat_sftp_answer *a;
    start_with(3, &hello);
    CU_ASSERT_EQUAL(hear(1, &a), CLEAT_OK);
    CU_ASSERT_PTR_NULL(a);
    CU_ASSERT_EQUAL(cleat_sftp_stat(s, "/", true, NULL), CLEAT_E_BAD_CALL);
    cl_sftp_head head = request();
    CU_ASSERT_EQUAL(head.type, CL_SFTP_extended);
    cl_sftp_encode_limits_reply(&in, head.id, 3, &limits);
    CU_ASSERT_EQUAL(hear_one(2)->request, CLEAT_SFTP_REQ_START);
    CU_ASSERT_EQUAL(cleat_sftp_get_limits(s).read, CL_SFTP_DATA_MAX);
    CU_ASSERT_EQUAL(cleat_sftp_get_limits(s).write, 70000);
    CU_ASSERT_EQUAL(cleat_sftp_get_limits(s).handles, 99);
    stop();
}

static void selects_a_version(void)
{
    const cl_sftp_hello hello = {.version = 3, .versions = CL_SLICE_LIT("3,4,6")};
    start_with(6, &hello);
    const cleat_sftp_answer *a;
    CU_ASSERT_EQUAL(hear(100, &a), CLEAT_OK);
    cl_sftp_head head = request();
    cl_sftp_put_status(&in, head.id, 3, CLEAT_SFTP_OK, NULL, NULL);
    CU_ASSERT_EQUAL(hear_one(100)->request, CLEAT_SFTP_REQ_START);
    CU_ASSERT_EQUAL(cleat_sftp_version(s), 6);
    stop();
}

static void refuses_odd_versions(void)
{
    static const unsigned odd[] = {0, 2, 4, 7};
    const cleat_sftp_answer *a;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        const cl_sftp_hello hello = {.version = odd[i]};
        start_with(3, &hello);
        CU_ASSERT_EQUAL(hear(100, &a), CLEAT_E_UNSUPPORTED);
        CU_ASSERT_PTR_NOT_NULL(strstr(cleat_sftp_error(s)->text, "speaks version"));
        stop();
    }
}

/* ---- reading and writing ---- */

static void put_data(uint32_t id, const uint8_t *data, uint32_t len)
{
    cl_sftp_encode_data(&in, id, 3, &(cl_sftp_data){.data = cl_slice(data, len)});
}

static void reads_come_in_any_order(void)
{
    static const uint8_t bytes[] = "0123456789abcdefghij";
    for (size_t step = 1; step < 40; step++) {
        uint8_t first[10], second[10];
        start(3, 0);
        CU_ASSERT_EQUAL(cleat_sftp_read(s, &handle, 0, first, 10, &tags[0]), CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_sftp_read(s, &handle, 10, second, 10, &tags[1]), CLEAT_OK);
        uint32_t a = request().id, b = request().id;
        put_data(b, bytes + 10, 10);
        put_data(a, bytes, 4);
        const cleat_sftp_answer *answer = hear_one(step);
        CU_ASSERT_PTR_EQUAL(answer->tag, &tags[1]);
        CU_ASSERT_EQUAL(answer->read, 10);
        CU_ASSERT_EQUAL(memcmp(second, bytes + 10, 10), 0);
        answer = hear_one(step);
        CU_ASSERT_PTR_EQUAL(answer->tag, &tags[0]);
        CU_ASSERT_EQUAL(answer->read, 4);
        CU_ASSERT_EQUAL(memcmp(first, bytes, 4), 0);
        CU_ASSERT_EQUAL(cleat_sftp_waiting(s), 0);
        stop();
    }
}

static void end_of_file_is_a_code(void)
{
    uint8_t room[10];
    start(3, 0);
    CU_ASSERT_EQUAL(cleat_sftp_read(s, &handle, 0, room, 10, NULL), CLEAT_OK);
    cl_sftp_put_status(&in, request().id, 3, CLEAT_SFTP_EOF, "no more", NULL);
    const cleat_sftp_answer *a = hear_one(5);
    CU_ASSERT_EQUAL(a->code, CLEAT_SFTP_EOF);
    CU_ASSERT_STRING_EQUAL(a->text, "no more");
    stop();
}

static void writes_from_the_callers_memory(void)
{
    static const uint8_t bytes[] = "what is written";
    cl_sftp_write m;
    start(4, 0);
    CU_ASSERT_EQUAL(cleat_sftp_write(s, &handle, 77, bytes, sizeof bytes, &tags[0]), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_sftp_close(s, &handle, &tags[1]), CLEAT_OK);
    cl_sftp_head head = request();
    CU_ASSERT_EQUAL(cl_sftp_decode_write(head.fields, 4, &m), CLEAT_OK);
    CU_ASSERT_EQUAL(m.offset, 77);
    CU_ASSERT(cleat_slice_equal(m.data, cl_slice(bytes, sizeof bytes)));
    CU_ASSERT(cleat_slice_equal(m.handle, cl_slice("abc", 3)));
    CU_ASSERT_EQUAL(request().type, CL_SFTP_close);
    stop();
}

static void an_abandoned_request_touches_nothing(void)
{
    uint8_t room[8] = "--------";
    uint8_t *data = cl_ctx_env(ctx)->mem->resize(cl_ctx_env(ctx)->mem->user, NULL, 5);
    cl_sftp_write m;
    memcpy(data, "hello", 5);
    start(3, 0);
    CU_ASSERT_EQUAL(cleat_sftp_read(s, &handle, 0, room, 8, &tags[0]), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_sftp_write(s, &handle, 0, data, 5, &tags[0]), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_sftp_open(s, "f", 1, 2, NULL, &tags[0]), CLEAT_OK);
    cleat_sftp_abandon(s, &tags[0]);
    cl_ctx_env(ctx)->mem->release(cl_ctx_env(ctx)->mem->user, data);
    uint32_t reading = request().id;
    cl_sftp_head head = request();
    CU_ASSERT_EQUAL(cl_sftp_decode_write(head.fields, 3, &m), CLEAT_OK);
    CU_ASSERT(cleat_slice_equal(m.data, CL_SLICE_LIT("hello")));
    uint32_t writing = head.id, opening = request().id;
    put_data(reading, (const uint8_t *)"overlaid", 8);
    cl_sftp_put_status(&in, writing, 3, CLEAT_SFTP_OK, NULL, NULL);
    cl_sftp_encode_handle(&in, opening, 3, &(cl_sftp_handle){.handle = CL_SLICE_LIT("H")});
    const cleat_sftp_answer *answer;
    CU_ASSERT_EQUAL(hear(3, &answer), CLEAT_OK);
    CU_ASSERT_PTR_NULL(answer);
    CU_ASSERT_EQUAL(memcmp(room, "--------", 8), 0);
    CU_ASSERT_EQUAL(request().type, CL_SFTP_close); /* of what had been opened */
    stop();
}

/* ---- names and attributes ---- */

static void put_one_name(uint32_t id, unsigned version, const char *text)
{
    const cleat_sftp_name name = {.name = cleat_slice_of(text),
                                  .attrs = {.type = CLEAT_SFTP_UNKNOWN}};
    cl_buf list = CL_BUF(cl_ctx_env(ctx)->mem);
    cl_sftp_put_name(&list, version, &name);
    cl_sftp_encode_name(&in, id, version,
                        &(cl_sftp_name){.count = 1, .names = cl_buf_slice(&list)});
    cl_buf_free(&list);
}

static void names_come_with_attributes(void)
{
    const cleat_sftp_name names[] = {
        {.name = CL_SLICE_LIT("a"), .attrs = {.has = CLEAT_SFTP_HAS_SIZE, .size = 5}},
        {.name = CL_SLICE_LIT("b b"), .attrs = {.type = CLEAT_SFTP_DIRECTORY}}};
    cl_buf list = CL_BUF(cl_ctx_env(ctx)->mem);
    for (unsigned version = 3; version <= 6; version++) {
        start(version, 0);
        CU_ASSERT_EQUAL(cleat_sftp_readdir(s, &handle, NULL), CLEAT_OK);
        cl_buf_reset(&list);
        for (size_t i = 0; i < 2; i++)
            cl_sftp_put_name(&list, version, &names[i]);
        cl_sftp_encode_name(&in, request().id, version,
                            &(cl_sftp_name){.count = 2, .names = cl_buf_slice(&list)});
        const cleat_sftp_answer *a = hear_one(5);
        CU_ASSERT_EQUAL_FATAL(a->name_count, 2);
        CU_ASSERT_EQUAL(a->names[0].attrs.size, 5);
        CU_ASSERT(cleat_slice_equal(a->names[1].name, CL_SLICE_LIT("b b")));
        stop();
    }
    cl_buf_free(&list);
}

static void attributes_may_be_asked_for_by_name(void)
{
    const uint32_t wanted = CLEAT_SFTP_HAS_SIZE | CLEAT_SFTP_HAS_BITS;
    cl_sftp_stat stat;
    cl_sftp_lstat lstat;
    cl_sftp_fstat fstat;
    for (unsigned version = 4; version <= 6; version++) {
        const uint32_t known = version == 4 ? CLEAT_SFTP_HAS_SIZE : wanted;
        start(version, 0);
        CU_ASSERT_EQUAL(cleat_sftp_stat_wanted(s, "p", true, wanted, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(cl_sftp_decode_stat(request().fields, version, &stat), CLEAT_OK);
        CU_ASSERT_EQUAL(stat.wanted, known);
        CU_ASSERT_EQUAL(cleat_sftp_stat_wanted(s, "p", false, wanted, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(cl_sftp_decode_lstat(request().fields, version, &lstat), CLEAT_OK);
        CU_ASSERT_EQUAL(lstat.wanted, known);
        CU_ASSERT_EQUAL(cleat_sftp_fstat_wanted(s, &handle, wanted, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(cl_sftp_decode_fstat(request().fields, version, &fstat), CLEAT_OK);
        CU_ASSERT_EQUAL(fstat.wanted, known);
        stop();
    }
}

/* ---- paths that are made absolute ---- */

static const char *const parts[] = {"b/", "..", "", "/d", "e"};

static void paths_are_composed(void)
{
    static const struct {
        const char *path, *joined;
        size_t count;
    } rows[] = {{"a", "a", 0},     {"a", "a/b/", 1}, {"a", "a/b/..", 2}, {"", "b/..", 3},
                {"c:/x", "/d", 4}, {"a", "/d/e", 5}, {"/", "/b/", 1}};
    cl_sftp_realpath m;
    for (unsigned version = 3; version <= 5; version++) {
        start(version, 0);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            CU_ASSERT_EQUAL(cleat_sftp_compose(s, rows[i].path, parts, rows[i].count,
                                               CLEAT_SFTP_CHECK_NONE, NULL),
                            CLEAT_OK);
            CU_ASSERT_EQUAL(cl_sftp_decode_realpath(request().fields, version, &m), CLEAT_OK);
            CU_ASSERT(cl_slice_is(m.path, rows[i].joined));
            CU_ASSERT_EQUAL(m.how.len, 0);
        }
        stop();
    }
}

static void version_6_composes_by_itself(void)
{
    cl_sftp_realpath m;
    start(6, 0);
    CU_ASSERT_EQUAL(cleat_sftp_compose(s, "a", parts, 3, CLEAT_SFTP_CHECK_IF, &tags[0]), CLEAT_OK);
    cl_sftp_head head = request();
    CU_ASSERT_EQUAL(cl_sftp_decode_realpath(head.fields, 6, &m), CLEAT_OK);
    CU_ASSERT(cl_slice_is(m.path, "a"));
    CU_ASSERT(cleat_slice_equal(m.how, CL_SLICE_LIT("\2\0\0\0\2b/\0\0\0\2..\0\0\0\0")));
    put_one_name(head.id, 6, "/a");
    CU_ASSERT_PTR_EQUAL(hear_one(5)->tag, &tags[0]);
    CU_ASSERT_EQUAL(cleat_sftp_waiting(s), 0);
    CU_ASSERT_EQUAL(
        cleat_sftp_compose(s, "a", parts, CLEAT_SFTP_COMPOSE_MAX + 1, CLEAT_SFTP_CHECK_IF, NULL),
        CLEAT_E_BAD_CALL);
    stop();
}

/* It passes over further paths, and its home-directory's reply is none. */
static void proftpd_is_asked_what_it_knows(void)
{
    const cleat_sftp_options options = {
        .struct_size = sizeof options, .version = 6, .peer = "SSH-2.0-mod_sftp"};
    cl_sftp_realpath m;
    sent = in = CL_BUF(cl_ctx_env(ctx)->mem);
    CU_ASSERT_EQUAL_FATAL(cleat_sftp_new(&s, ctx, &options), CLEAT_OK);
    request();
    cl_sftp_put_version(&in,
                        &(cl_sftp_hello){.version = 6, .features = CL_SFTP_HAS_HOME_DIRECTORY});
    hear_one(100);
    CU_ASSERT_EQUAL(cleat_sftp_home(s, "", NULL), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(cleat_sftp_compose(s, "a", parts, 2, CLEAT_SFTP_CHECK_IF, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_sftp_decode_realpath(request().fields, 6, &m), CLEAT_OK);
    CU_ASSERT(cl_slice_is(m.path, "a/b/.."));
    CU_ASSERT(cleat_slice_equal(m.how, CL_SLICE_LIT("\2")));
    stop();
}

/* Up to the question that makes the check: its id. */
static uint32_t looked_at(unsigned version, cleat_sftp_check check)
{
    cl_sftp_stat m;
    const cleat_sftp_answer *a;
    start(version, 0);
    CU_ASSERT_EQUAL(cleat_sftp_realpath(s, "f", check, &tags[0]), CLEAT_OK);
    put_one_name(request().id, version, "/home/f");
    CU_ASSERT_EQUAL(hear(5, &a), CLEAT_OK);
    CU_ASSERT_PTR_NULL(a);
    cl_sftp_head head = request();
    CU_ASSERT_EQUAL(head.type, CL_SFTP_stat);
    CU_ASSERT_EQUAL(cl_sftp_decode_stat(head.fields, version, &m), CLEAT_OK);
    CU_ASSERT(cl_slice_is(m.path, "/home/f"));
    return head.id;
}

static void is_name(const cleat_sftp_answer *a, cleat_sftp_type type)
{
    CU_ASSERT_EQUAL(a->request, CLEAT_SFTP_REQ_NAMES);
    CU_ASSERT_PTR_EQUAL(a->tag, &tags[0]);
    CU_ASSERT_EQUAL(a->code, CLEAT_SFTP_OK);
    CU_ASSERT_EQUAL_FATAL(a->name_count, 1);
    CU_ASSERT(cl_slice_is(a->names[0].name, "/home/f"));
    CU_ASSERT_EQUAL(a->names[0].attrs.type, type);
    CU_ASSERT_EQUAL(cleat_sftp_waiting(s), 0);
}

static void names_are_checked_below_version_6(void)
{
    static const cl_sftp_attrs there = {
        .attrs = {.has = CLEAT_SFTP_HAS_PERMISSIONS, .type = CLEAT_SFTP_DIRECTORY}};
    for (unsigned version = 3; version <= 5; version++) {
        cl_sftp_encode_attrs(&in, looked_at(version, CLEAT_SFTP_CHECK_ALWAYS), version, &there);
        is_name(hear_one(5), CLEAT_SFTP_DIRECTORY);
        stop();
        cl_sftp_put_status(&in, looked_at(version, CLEAT_SFTP_CHECK_IF), version,
                           CLEAT_SFTP_NO_SUCH_FILE, NULL, NULL);
        is_name(hear_one(5), CLEAT_SFTP_UNKNOWN);
        stop();
        cl_sftp_put_status(&in, looked_at(version, CLEAT_SFTP_CHECK_ALWAYS), version,
                           CLEAT_SFTP_NO_SUCH_FILE, "gone", NULL);
        const cleat_sftp_answer *a = hear_one(5);
        CU_ASSERT_EQUAL(a->request, CLEAT_SFTP_REQ_NAMES);
        CU_ASSERT_EQUAL(a->code, CLEAT_SFTP_NO_SUCH_FILE);
        CU_ASSERT_STRING_EQUAL(a->text, "gone");
        stop();
    }
}

static void an_abandoned_check_is_not_made(void)
{
    const cleat_sftp_answer *a;
    start(3, 0);
    CU_ASSERT_EQUAL(cleat_sftp_realpath(s, "f", CLEAT_SFTP_CHECK_IF, &tags[0]), CLEAT_OK);
    uint32_t id = request().id;
    cleat_sftp_abandon(s, &tags[0]);
    put_one_name(id, 3, "/f");
    CU_ASSERT_EQUAL(hear(5, &a), CLEAT_OK);
    CU_ASSERT_PTR_NULL(a);
    CU_ASSERT_EQUAL(cleat_sftp_waiting(s), 0);
    stop();
    cl_sftp_put_status(&in, looked_at(3, CLEAT_SFTP_CHECK_ALWAYS), 3, CLEAT_SFTP_FAILURE, NULL,
                       NULL);
    cleat_sftp_abandon(s, &tags[0]);
    CU_ASSERT_EQUAL(hear(5, &a), CLEAT_OK);
    CU_ASSERT_PTR_NULL(a);
    stop();
}

/* ---- what a server says of names ---- */

static void a_text_has_a_language(void)
{
    static const struct {
        const char *text, *language, *heard;
    } rows[] = {{"kein Platz", "de-CH", "de-CH"},
                {"no room", NULL, "en"},
                {"?", "", ""},
                {NULL, "de", "en"},
                {"", "de", "en"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        start(3, 0);
        CU_ASSERT_EQUAL(cleat_sftp_remove(s, "p", NULL), CLEAT_OK);
        cl_sftp_put_status(&in, request().id, 3, CLEAT_SFTP_FAILURE, rows[i].text,
                           rows[i].language);
        const cleat_sftp_answer *a = hear_one(5);
        const char *text = rows[i].text && *rows[i].text ? rows[i].text : "Failure";
        CU_ASSERT_STRING_EQUAL(a->text, text);
        CU_ASSERT_STRING_EQUAL(a->language, rows[i].heard);
        stop();
    }
}

static void a_language_may_be_missing_or_long(void)
{
    static const char rest[] = "\0\0\0\2no\0\0\0\x4f"
                               "0123456789012345678901234567890123456789"
                               "012345678901234567890123456789012345678";
    static const size_t lens[] = {6, 8, 10, sizeof rest - 1};
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        const cl_sftp_status m = {.code = CLEAT_SFTP_FAILURE, .text = cl_slice(rest, lens[i])};
        start(3, 0);
        CU_ASSERT_EQUAL(cleat_sftp_remove(s, "p", NULL), CLEAT_OK);
        cl_sftp_encode_status(&in, request().id, 3, &m);
        const cleat_sftp_answer *a = hear_one(100);
        CU_ASSERT_STRING_EQUAL(a->text, "no");
        CU_ASSERT_EQUAL(strlen(a->language), i < 3 ? 0 : CL_SFTP_LANGUAGE_MAX - 1);
        stop();
    }
}

static void unknown_names_are_told(void)
{
    const cleat_slice names[] = {CL_SLICE_LIT("nobody"), CL_SLICE_LIT("none at all")};
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_NAMES, .owner = names[0]};
    for (unsigned version = 4; version <= 6; version++) {
        start(version, 0);
        CU_ASSERT_EQUAL(cleat_sftp_setstat(s, "p", true, &attrs, NULL), CLEAT_OK);
        cl_sftp_put_unknown(&in, request().id, version, names, 2);
        const cleat_sftp_answer *a = hear_one(5);
        CU_ASSERT_EQUAL(a->code, version >= 5 ? CLEAT_SFTP_UNKNOWN_PRINCIPAL : CLEAT_SFTP_FAILURE);
        CU_ASSERT_EQUAL_FATAL(a->unknown_count, version >= 5 ? 2 : 0);
        for (size_t i = 0; i < a->unknown_count; i++)
            CU_ASSERT(cleat_slice_equal(cleat_slice_of(a->unknown[i]), names[i]));
        stop();
    }
}

/* A status that ends anywhere in the list is still a status. */
static void unknown_names_may_be_cut(void)
{
    static const uint8_t rest[] = "\0\0\0\2no\0\0\0\2en\0\0\0\1a\0\0\0\1b";
    for (size_t len = 0; len < sizeof rest; len++) {
        const cl_sftp_status m = {.code = CLEAT_SFTP_UNKNOWN_PRINCIPAL,
                                  .text = cl_slice(rest, len)};
        start(6, 0);
        CU_ASSERT_EQUAL(cleat_sftp_remove(s, "p", NULL), CLEAT_OK);
        cl_sftp_encode_status(&in, request().id, 6, &m);
        const cleat_sftp_answer *a = hear_one(100);
        CU_ASSERT_EQUAL(a->code, CLEAT_SFTP_UNKNOWN_PRINCIPAL);
        CU_ASSERT_EQUAL(a->unknown_count, (len >= 17) + (len >= 22));
        stop();
    }
}

static void acls_go_and_come_as_they_are(void)
{
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_ACL,
                                    .acl = CL_SLICE_LIT("\0\0\0\1 not read")};
    for (unsigned version = 4; version <= 6; version++) {
        const cl_sftp_hello hello = {
            .version = version, .has_acl = true, .acl = CLEAT_SFTP_ACL_DENY};
        cl_sftp_setstat m;
        start_with(version, &hello);
        hear_one(100);
        CU_ASSERT_EQUAL(cleat_sftp_acl(s), version == 6 ? CLEAT_SFTP_ACL_DENY : 0);
        CU_ASSERT_EQUAL(cleat_sftp_setstat(s, "p", true, &attrs, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL_FATAL(cl_sftp_decode_setstat(request().fields, version, &m), CLEAT_OK);
        CU_ASSERT(cleat_slice_equal(m.attrs.acl, attrs.acl));
        CU_ASSERT_EQUAL(cleat_sftp_stat(s, "p", true, NULL), CLEAT_OK);
        cl_sftp_encode_attrs(&in, request().id, version, &(cl_sftp_attrs){.attrs = attrs});
        const cleat_sftp_answer *a = hear_one(5);
        CU_ASSERT_PTR_NOT_NULL_FATAL(a->attrs);
        CU_ASSERT(cleat_slice_equal(a->attrs->acl, attrs.acl));
        stop();
    }
}

static void names_may_be_left_as_they_are(void)
{
    const cl_sftp_hello hello = {.version = 6, .charset = CL_SLICE_LIT("ISO-8859-1")};
    cl_sftp_extended m;
    start_with(6, &hello);
    hear_one(3);
    CU_ASSERT_STRING_EQUAL(cleat_sftp_charset(s), "ISO-8859-1");
    CU_ASSERT_EQUAL(cleat_sftp_translate(s, false, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_sftp_decode_extended(request().fields, 6, &m), CLEAT_OK);
    CU_ASSERT(cl_slice_is(m.name, "filename-translation-control"));
    CU_ASSERT(cleat_slice_equal(m.fields, CL_SLICE_LIT("\0")));
    stop();
    start(6, 0);
    CU_ASSERT_STRING_EQUAL(cleat_sftp_charset(s), "");
    CU_ASSERT_EQUAL(cleat_sftp_translate(s, false, NULL), CLEAT_E_UNSUPPORTED);
    stop();
}

static void is_hashed_as(const char *name, cleat_slice reply)
{
    cl_sftp_extended m;
    CU_ASSERT_EQUAL(cleat_sftp_hash(s, &handle, "sha1", 0, 0, 0, NULL), CLEAT_OK);
    cl_sftp_head head = request();
    CU_ASSERT_EQUAL(cl_sftp_decode_extended(head.fields, 5, &m), CLEAT_OK);
    CU_ASSERT(cl_slice_is(m.name, name));
    cl_sftp_encode_extended_reply(&in, head.id, 5, &(cl_sftp_extended_reply){.fields = reply});
    const cleat_sftp_answer *a = hear_one(5);
    CU_ASSERT_STRING_EQUAL(a->algorithm, "sha1");
    CU_ASSERT(cl_slice_is(a->hashes, "hash"));
    stop();
}

/* By the name that the server says itself, or by the drafts'. */
static void hashes_are_asked_for_as_the_server_calls_them(void)
{
    static const char listed[] = "\0\0\0\x38\2\0\0\0\5\0\0\0\x9supported\0\0\0\x22"
                                 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                 "\0\0\0\xA"
                                 "check-file";
    start(5, CL_SFTP_HAS_CHECK_FILE);
    is_hashed_as("check-file", CL_SLICE_LIT("\0\0\0\xA"
                                            "check-file\0\0\0\4sha1hash"));
    start_with(5, &(cl_sftp_hello){.version = 5});
    cl_buf_reset(&in);
    cl_buf_add(&in, listed, sizeof listed - 1);
    hear_one(3);
    is_hashed_as("check-file-handle", CL_SLICE_LIT("\0\0\0\4sha1hash"));
}

static void symlinks_as_the_peer_has_them(void)
{
    static const struct {
        const char *peer, *first;
        unsigned version;
    } rows[] = {{"SSH-2.0-OpenSSH_9.2", "target", 3},
                {"SSH-2.0-other", "link", 3},
                {NULL, "link", 3},
                {"SSH-2.0-OpenSSH_9.2", "link", 4},
                {"SSH-2.0-mod_sftp", "target", 3},
                {"SSH-2.0-mod_sftp", "target", 6}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const unsigned version = rows[i].version;
        const cleat_sftp_options options = {
            .struct_size = sizeof options, .peer = rows[i].peer, .version = version};
        cl_sftp_symlink m;
        sent = in = CL_BUF(cl_ctx_env(ctx)->mem);
        CU_ASSERT_EQUAL_FATAL(cleat_sftp_new(&s, ctx, &options), CLEAT_OK);
        request();
        cl_sftp_put_version(&in, &(cl_sftp_hello){.version = version});
        hear_one(100);
        CU_ASSERT_EQUAL(cleat_sftp_symlink(s, "target", "link", NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(cl_sftp_decode_symlink(request().fields, version, &m), CLEAT_OK);
        CU_ASSERT(cl_slice_is(m.first, rows[i].first));
        stop();
    }
}

static void what_is_not_offered_is_not_asked(void)
{
    start(3, 0);
    CU_ASSERT_EQUAL(cleat_sftp_fsync(s, &handle, NULL), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(cleat_sftp_rename(s, "a", "b", CLEAT_SFTP_RENAME_OVERWRITE, NULL),
                    CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(cleat_sftp_lock(s, &handle, 0, 0, 0, NULL), CLEAT_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(cleat_sftp_waiting(s), 0);
    CU_ASSERT_EQUAL(cleat_sftp_pending(s), 0);
    CU_ASSERT_FALSE(cleat_sftp_offers(s, "copy-data"));
    stop();
    start(3, CL_SFTP_HAS_COPY_DATA);
    CU_ASSERT(cleat_sftp_offers(s, "copy-data"));
    CU_ASSERT_EQUAL(cleat_sftp_copy(s, &handle, 0, 0, &handle, 0, NULL), CLEAT_OK);
    stop();
}

/* ---- servers that mean harm ---- */

typedef void hostile(uint32_t id, uint32_t reading);

static void of_another_kind(uint32_t id, uint32_t reading)
{
    (void)reading;
    cl_sftp_encode_handle(&in, id, 3, &(cl_sftp_handle){.handle = CL_SLICE_LIT("H")});
}

static void success_with_nothing(uint32_t id, uint32_t reading)
{
    (void)reading;
    cl_sftp_put_status(&in, id, 3, CLEAT_SFTP_OK, NULL, NULL);
}

static void unknown_id(uint32_t id, uint32_t reading)
{
    (void)reading;
    cl_sftp_put_status(&in, id + (1u << 20), 3, CLEAT_SFTP_EOF, NULL, NULL);
}

static void twice(uint32_t id, uint32_t reading)
{
    (void)id;
    put_data(reading, (const uint8_t *)"12345678", 8);
    put_data(reading, (const uint8_t *)"12345678", 8);
}

static void more_than_asked_for(uint32_t id, uint32_t reading)
{
    (void)id;
    put_data(reading, (const uint8_t *)"123456789", 9);
}

static void none_at_all(uint32_t id, uint32_t reading)
{
    (void)id;
    put_data(reading, NULL, 0);
}

static void data_for_attributes(uint32_t id, uint32_t reading)
{
    (void)reading;
    put_data(id, (const uint8_t *)"1", 1);
}

static void too_long(uint32_t id, uint32_t reading)
{
    (void)id, (void)reading;
    cl_put_u32(&in, CL_SFTP_PACKET_MAX + 1);
    cl_put_u32(&in, 0);
    cl_put_u32(&in, 0);
}

static void too_short(uint32_t id, uint32_t reading)
{
    (void)id, (void)reading;
    cl_put_u32(&in, 1);
    cl_put_u64(&in, 0);
}

static void refuses_what_makes_no_sense(void)
{
    static hostile *const all[] = {
        of_another_kind, success_with_nothing, unknown_id, twice,    more_than_asked_for,
        none_at_all,     data_for_attributes,  too_long,   too_short};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        uint8_t room[8];
        const cleat_sftp_answer *a;
        start(3, 0);
        CU_ASSERT_EQUAL(cleat_sftp_stat(s, "x", true, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_sftp_read(s, &handle, 0, room, 8, NULL), CLEAT_OK);
        uint32_t id = request().id;
        all[i](id, request().id);
        cleat_status st = CLEAT_OK;
        for (int tries = 0; st == CLEAT_OK && tries < 3; tries++)
            st = hear(4, &a);
        CU_ASSERT_EQUAL(st, CLEAT_E_PROTO);
        CU_ASSERT(strncmp(cleat_sftp_error(s)->text, "SFTP: ", 6) == 0);
        stop();
    }
}

void suite_sftp_client(void)
{
    CU_pSuite suite = CU_add_suite("sftp_client", init, clean);
    CU_add_test(suite, "asks for limits", asks_for_limits);
    CU_add_test(suite, "selects a version", selects_a_version);
    CU_add_test(suite, "refuses odd versions", refuses_odd_versions);
    CU_add_test(suite, "reads come in any order", reads_come_in_any_order);
    CU_add_test(suite, "the end of a file is a code", end_of_file_is_a_code);
    CU_add_test(suite, "writes from the caller's memory", writes_from_the_callers_memory);
    CU_add_test(suite, "an abandoned request touches nothing",
                an_abandoned_request_touches_nothing);
    CU_add_test(suite, "names come with attributes", names_come_with_attributes);
    CU_add_test(suite, "attributes may be asked for by name", attributes_may_be_asked_for_by_name);
    CU_add_test(suite, "paths are composed", paths_are_composed);
    CU_add_test(suite, "version 6 composes by itself", version_6_composes_by_itself);
    CU_add_test(suite, "ProFTPD is asked what it knows", proftpd_is_asked_what_it_knows);
    CU_add_test(suite, "names are checked below version 6", names_are_checked_below_version_6);
    CU_add_test(suite, "an abandoned check is not made", an_abandoned_check_is_not_made);
    CU_add_test(suite, "a text has a language", a_text_has_a_language);
    CU_add_test(suite, "a language may be missing or long", a_language_may_be_missing_or_long);
    CU_add_test(suite, "unknown names are told", unknown_names_are_told);
    CU_add_test(suite, "unknown names may be cut", unknown_names_may_be_cut);
    CU_add_test(suite, "ACLs go and come as they are", acls_go_and_come_as_they_are);
    CU_add_test(suite, "names may be left as they are", names_may_be_left_as_they_are);
    CU_add_test(suite, "hashes are asked for as the server calls them",
                hashes_are_asked_for_as_the_server_calls_them);
    CU_add_test(suite, "symlinks as the peer has them", symlinks_as_the_peer_has_them);
    CU_add_test(suite, "what is not offered is not asked", what_is_not_offered_is_not_asked);
    CU_add_test(suite, "refuses what makes no sense", refuses_what_makes_no_sense);
}
