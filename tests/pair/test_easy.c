/* The blocking layer with a server of ours in another thread. */
#include "port.h"
#include "echo_server.h"

#include <cleat/channel.h>
#include <cleat/easy.h>
#include <cleat/store.h>

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* ---- a server and what the program answers ---- */

static echo_server *server;
static char folder[1024];

typedef struct program {
    cleat_easy_host_answer host;
    const char *answers[8]; /* in order; NULL: none */
    unsigned asked;
    char texts[512]; /* what was asked */
    char fingerprint[CLEAT_FINGERPRINT_MAX];
} program;

static cleat_easy_host_answer on_host(void *user, const cleat_easy_host *host)
{
    program *p = user;
    snprintf(p->fingerprint, sizeof p->fingerprint, "%s", host->fingerprint);
    return p->host;
}

static bool on_ask(void *user, const cleat_easy_question *question, char *answer, size_t room)
{
    program *p = user;
    const char *text = p->asked < 8 ? p->answers[p->asked] : NULL;
    size_t len = strlen(p->texts);
    p->asked++;
    snprintf(p->texts + len, sizeof p->texts - len, "%d%s|", (int)question->type, question->text);
    if (text)
        snprintf(answer, room, "%s", text);
    return text != NULL;
}

static cleat_easy_options options_of(program *p, const char *user)
{
    static const char *const no_keys[] = {NULL};
    return (cleat_easy_options){
        .struct_size = sizeof(cleat_easy_options),
        .host = "127.0.0.1",
        .port = echo_server_port(server),
        .user = user,
        .timeout_ms = 60000,
        .known_hosts = "none",
        .check_host = on_host,
        .key_files = no_keys,
        .agent = "none",
        .ask = on_ask,
        .callback_user = p,
    };
}

/* As user "pw"; NULL is a failed test. */
static cleat_easy *connect_plainly(cleat_easy *jump)
{
    program p = {.host = CLEAT_EASY_ACCEPT};
    cleat_easy *e;
    cleat_error error = {0};
    cleat_easy_options o = options_of(&p, "pw");
    o.password = "secret";
    o.jump = jump;
    cleat_status st = cleat_easy_connect(&e, &o, &error);
    CU_ASSERT_EQUAL(st, CLEAT_OK);
    if (st != CLEAT_OK)
        printf("%s\n", error.text);
    return e;
}

static void expect_refusal(const cleat_easy_options *o, cleat_status wanted, const char *text)
{
    cleat_easy *e;
    cleat_error error = {0};
    cleat_status st = cleat_easy_connect(&e, o, &error);
    CU_ASSERT_EQUAL(st, wanted);
    CU_ASSERT_EQUAL(error.status, wanted);
    CU_ASSERT_PTR_NULL(e);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, text));
    if (st != wanted || !strstr(error.text, text))
        printf("%s: %s\n", cleat_status_name(st), error.text);
    cleat_easy_close(e);
}

static void expect_login(const cleat_easy_options *o)
{
    cleat_easy *e;
    cleat_error error = {0};
    CU_ASSERT_EQUAL(cleat_easy_connect(&e, o, &error), CLEAT_OK);
    if (!e)
        printf("%s\n", error.text);
    cleat_easy_close(e);
}

static char *path_of(const char *name)
{
    char *path = NULL;
    if (port_path_join(&path, folder, name, NULL) != CLEAT_OK)
        abort();
    return path;
}

/* ---- hosts ---- */

static void an_unknown_host_is_refused(void)
{
    program p = {0};
    cleat_easy_options o = options_of(&p, "pw");
    o.check_host = NULL;
    o.password = "secret";
    expect_refusal(&o, CLEAT_E_HOSTKEY, "not a known host");
    o.check_host = on_host;
    expect_refusal(&o, CLEAT_E_HOSTKEY, "the program refused");
    CU_ASSERT_PTR_NOT_NULL(strstr(p.fingerprint, "SHA256:"));
}

static void a_remembered_host_is_known_and_a_changed_one_refused(void)
{
    program p = {.host = CLEAT_EASY_REMEMBER};
    char *path = path_of("known_hosts");
    cleat_easy_options o = options_of(&p, "pw");
    cleat_ctx *ctx = NULL;
    cleat_key *other = NULL;
    cleat_bytes line = {0};
    o.password = "secret";
    o.known_hosts = path;
    expect_login(&o);
    o.check_host = NULL;
    expect_login(&o);
    CU_ASSERT_EQUAL(cleat_ctx_new(&ctx, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_key_generate(&other, ctx, "ed25519", 0, NULL, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(
        cleat_known_hosts_line(ctx, "127.0.0.1", echo_server_port(server), other, false, &line),
        CLEAT_OK);
    CU_ASSERT_EQUAL(
        port_file_write(path, (cleat_slice){line.data, line.len}, PORT_ACCESS_PRIVATE, NULL),
        CLEAT_OK);
    o.check_host = on_host;
    expect_refusal(&o, CLEAT_E_HOSTKEY, "has changed");
    cleat_bytes_free(&line);
    cleat_key_unref(other);
    cleat_ctx_unref(ctx);
    port_free(path);
}

static cleat_cert *certify_host(const cleat_key *authority, const char *name, uint64_t end)
{
    cleat_cert *cert = NULL;
    const cleat_cert_facts facts = {.kind = CLEAT_CERT_HOST,
                                    .key_id = "host",
                                    .principals = &name,
                                    .principal_count = 1,
                                    .valid_before = end};
    CU_ASSERT_EQUAL(cleat_cert_issue(&cert, echo_server_key(server), &facts, authority, NULL, NULL),
                    CLEAT_OK);
    return cert;
}

static void know_authority(const char *path, const char *marker, const cleat_key *authority)
{
    cleat_bytes key = {0};
    char line[512];
    CU_ASSERT_EQUAL(cleat_key_write_public(authority, &key), CLEAT_OK);
    int len = snprintf(line, sizeof line, "%s 127.0.0.1 %.*s", marker, (int)key.len,
                       (const char *)key.data);
    const cleat_slice content = {(const uint8_t *)line, (size_t)len};
    CU_ASSERT_EQUAL(port_file_write(path, content, PORT_ACCESS_PRIVATE, NULL), CLEAT_OK);
    cleat_bytes_free(&key);
}

static void expect_host(const cleat_easy_options *o, const cleat_key *authority, const char *name,
                        uint64_t end, const char *refusal)
{
    cleat_cert *cert = certify_host(authority, name, end);
    echo_server_show(server, cert);
    if (refusal)
        expect_refusal(o, CLEAT_E_HOSTKEY, refusal);
    else
        expect_login(o);
    echo_server_show(server, NULL);
    cleat_cert_unref(cert);
}

static void a_host_is_known_by_its_certificate(void)
{
    program p = {0};
    char *path = path_of("known_hosts");
    cleat_easy_options o = options_of(&p, "pw");
    cleat_ctx *ctx = NULL;
    cleat_key *authority = NULL;
    o.password = "secret";
    o.known_hosts = path;
    o.check_host = NULL;
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&ctx, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&authority, ctx, "ed25519", 0, NULL, NULL), CLEAT_OK);
    know_authority(path, "@cert-authority", authority);
    expect_host(&o, authority, "127.0.0.1", CLEAT_CERT_FOREVER, NULL);
    expect_host(&o, authority, "127.0.0.2", CLEAT_CERT_FOREVER, "not a listed one");
    expect_host(&o, authority, "127.0.0.1", 1, "it has expired");
    expect_refusal(&o, CLEAT_E_HOSTKEY, "not a known host");
    know_authority(path, "@revoked", authority);
    expect_host(&o, authority, "127.0.0.1", CLEAT_CERT_FOREVER, "revokes the certificate");
    cleat_key_unref(authority);
    cleat_ctx_unref(ctx);
    port_free(path);
}

/* ---- looking at a server ---- */

static void a_server_tells_its_keys_and_a_users_methods(void)
{
    cleat_easy_server found;
    const cleat_easy_scan_options o = {.struct_size = sizeof o,
                                       .host = "127.0.0.1",
                                       .port = echo_server_port(server),
                                       .timeout_ms = 60000,
                                       .user = "pw"};
    CU_ASSERT_EQUAL(cleat_easy_scan(&found, &o, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(found.key_count, 1);
    CU_ASSERT(cleat_key_equal(found.keys[0], echo_server_key(server)));
    CU_ASSERT_EQUAL(found.cert_count, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found.version);
    CU_ASSERT_EQUAL(strncmp(found.version, "SSH-2.0-Cleat_", 14), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found.methods);
    CU_ASSERT_PTR_NOT_NULL(strstr(found.methods, "password"));
    CU_ASSERT_FALSE(found.let_in);
    cleat_easy_server_free(&found);
    cleat_easy_server_free(&found);
}

static void a_server_shows_its_certificate(void)
{
    cleat_ctx *ctx = NULL;
    cleat_key *authority = NULL;
    cleat_easy_server found;
    const cleat_easy_scan_options o = {.struct_size = sizeof o,
                                       .host = "127.0.0.1",
                                       .port = echo_server_port(server),
                                       .timeout_ms = 60000,
                                       .certificates = true};
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&ctx, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&authority, ctx, "ed25519", 0, NULL, NULL), CLEAT_OK);
    cleat_cert *cert = certify_host(authority, "host", CLEAT_CERT_FOREVER);
    echo_server_show(server, cert);
    CU_ASSERT_EQUAL(cleat_easy_scan(&found, &o, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(found.key_count, 1);
    CU_ASSERT_EQUAL_FATAL(found.cert_count, 1);
    CU_ASSERT(cleat_slice_equal(cleat_cert_blob(found.certs[0]), cleat_cert_blob(cert)));
    CU_ASSERT_PTR_NULL(found.methods);
    cleat_easy_server_free(&found);
    echo_server_show(server, NULL);
    cleat_cert_unref(cert);
    cleat_key_unref(authority);
    cleat_ctx_unref(ctx);
}

static void a_server_that_is_not_there_is_named(void)
{
    cleat_easy_server found;
    cleat_error error = {0};
    cleat_easy_scan_options o = {.struct_size = sizeof o, .host = "127.0.0.1", .port = 1};
    CU_ASSERT_EQUAL(cleat_easy_scan(&found, &o, &error), CLEAT_E_CONNECT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "127.0.0.1 port 1"));
    cleat_easy_server_free(&found);
    o.host = "no.such.host.invalid";
    CU_ASSERT_EQUAL(cleat_easy_scan(&found, &o, &error), CLEAT_E_RESOLVE);
    cleat_easy_server_free(&found);
    o.host = NULL;
    CU_ASSERT_EQUAL(cleat_easy_scan(&found, &o, &error), CLEAT_E_BAD_CALL);
    cleat_easy_server_free(&found);
}

/* ---- logging in ---- */

static void passwords_are_taken_from_the_options_then_asked_for(void)
{
    program p = {.host = CLEAT_EASY_ACCEPT, .answers = {"wrong too", "secret"}};
    cleat_easy_options o = options_of(&p, "pw");
    o.password = "wrong";
    expect_login(&o);
    CU_ASSERT_EQUAL(p.asked, 2);
    o.ask = NULL;
    expect_refusal(&o, CLEAT_E_AUTH, "Permission denied (password)");
    o.password = NULL;
    expect_refusal(&o, CLEAT_E_AUTH, "no key and no password");
}

static void questions_and_a_new_password_come_from_the_program(void)
{
    program quiz = {.host = CLEAT_EASY_ACCEPT, .answers = {"1", "2"}};
    program change = {.host = CLEAT_EASY_ACCEPT, .answers = {"old", "new"}};
    cleat_easy_options o = options_of(&quiz, "quiz");
    expect_login(&o);
    CU_ASSERT_STRING_EQUAL(quiz.texts, "4first |4second |");
    o = options_of(&change, "change");
    expect_login(&o);
    CU_ASSERT_STRING_EQUAL(change.texts, "2change@127.0.0.1's password: |3Choose?a new one|");
}

static void a_key_file_is_unlocked_when_the_server_would_take_it(void)
{
    program p = {.host = CLEAT_EASY_ACCEPT, .answers = {"wrong", "open"}};
    char *path = path_of("id");
    const char *const files[] = {path, NULL};
    cleat_easy_options o = options_of(&p, "key");
    cleat_ctx *ctx = NULL;
    cleat_key *key = NULL;
    cleat_bytes text = {0};
    CU_ASSERT_EQUAL(cleat_ctx_new(&ctx, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_key_generate(&key, ctx, "ed25519", 0, NULL, NULL), CLEAT_OK);
    const cleat_key_write_options locked = {
        .struct_size = sizeof locked, .passphrase = "open", .rounds = 1};
    CU_ASSERT_EQUAL(cleat_key_write(key, CLEAT_KEY_OPENSSH, &locked, &text, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(
        port_file_write(path, (cleat_slice){text.data, text.len}, PORT_ACCESS_PRIVATE, NULL),
        CLEAT_OK);
    o.key_files = files;
    o.ctx = ctx;
    expect_refusal(&o, CLEAT_E_AUTH, "Permission denied (publickey)");
    CU_ASSERT_EQUAL(p.asked, 0);
    echo_server_allow(server, key);
    expect_login(&o);
    CU_ASSERT_EQUAL(p.asked, 2);
    o.ask = NULL;
    expect_refusal(&o, CLEAT_E_AUTH, "needs a passphrase");
    cleat_bytes_free(&text);
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
    port_free(path);
}

static void a_server_that_does_not_answer_is_given_up(void)
{
    program p = {.host = CLEAT_EASY_ACCEPT};
    cleat_easy_options o = options_of(&p, "mute");
    o.timeout_ms = 400;
    expect_refusal(&o, CLEAT_E_TIMEOUT, "timed out while logging in");
}

/* ---- commands ---- */

static void a_command_gets_its_input_and_gives_its_output(void)
{
    cleat_easy *e = connect_plainly(NULL);
    cleat_easy_result r;
    size_t len = 5 << 20;
    uint8_t *data = malloc(len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(data);
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(i * 7 + i / 999);
    const cleat_easy_exec_options o = {.struct_size = sizeof o, .input = data, .input_len = len};
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    CU_ASSERT_EQUAL(cleat_easy_exec(&r, e, "echo", &o, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(r.status, 3);
    CU_ASSERT_STRING_EQUAL(r.err, "done");
    CU_ASSERT_EQUAL(r.out_len, len);
    CU_ASSERT_TRUE(r.out_len == len && memcmp(r.out, data, len) == 0);
    cleat_easy_result_free(&r);
    CU_ASSERT_EQUAL(cleat_easy_exec(&r, e, "killed", NULL, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(r.status, -1);
    CU_ASSERT_STRING_EQUAL(r.signal, "KILL");
    cleat_easy_result_free(&r);
    cleat_easy_close(e);
    free(data);
}

static void expect_failure(cleat_easy *e, const char *command, const cleat_easy_exec_options *o,
                           cleat_status wanted, size_t out_len)
{
    cleat_easy_result r;
    cleat_error error = {0};
    CU_ASSERT_EQUAL(cleat_easy_exec(&r, e, command, o, &error), wanted);
    CU_ASSERT_EQUAL(error.status, wanted);
    CU_ASSERT_EQUAL(r.out_len, out_len);
    cleat_easy_result_free(&r);
}

static void time_and_output_are_bounded_and_the_connection_goes_on(void)
{
    cleat_easy *e = connect_plainly(NULL);
    cleat_easy_result r;
    const cleat_easy_exec_options brief = {.struct_size = sizeof brief, .timeout_ms = 300};
    const cleat_easy_exec_options small = {.struct_size = sizeof small, .output_max = 100000};
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    expect_failure(e, "hang", &brief, CLEAT_E_TIMEOUT, 0);
    expect_failure(e, "silent", &brief, CLEAT_E_TIMEOUT, 0);
    expect_failure(e, "flood", &small, CLEAT_E_LIMIT, 100000);
    expect_failure(e, "refused", NULL, CLEAT_E_REQUEST_REFUSED, 0);
    CU_ASSERT_EQUAL(cleat_easy_exec(&r, e, "echo", NULL, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(r.status, 3);
    cleat_easy_result_free(&r);
    cleat_easy_close(e);
}

/* ---- streams ---- */

static void a_stream_is_written_and_read_in_turn(void)
{
    cleat_easy *e = connect_plainly(NULL);
    cleat_easy_stream *s = NULL;
    char text[16] = "";
    size_t n;
    uint32_t which;
    int status;
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    CU_ASSERT_EQUAL_FATAL(cleat_easy_start(&s, e, "echo", NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_easy_write(s, "one", 3, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_easy_read(&n, s, text, sizeof text, &which, NULL), CLEAT_OK);
    CU_ASSERT_TRUE(n == 3 && memcmp(text, "one", 3) == 0 && which == CLEAT_STREAM_DATA);
    cleat_easy_stream_timeout(s, 200);
    CU_ASSERT_EQUAL(cleat_easy_read(&n, s, text, sizeof text, &which, NULL), CLEAT_E_TIMEOUT);
    cleat_easy_stream_timeout(s, 0);
    CU_ASSERT_EQUAL(cleat_easy_eof(s, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_easy_read(&n, s, text, sizeof text, &which, NULL), CLEAT_OK);
    CU_ASSERT_TRUE(n == 4 && memcmp(text, "done", 4) == 0 && which == CLEAT_STREAM_STDERR);
    CU_ASSERT_EQUAL(cleat_easy_read(&n, s, text, sizeof text, &which, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_EQUAL(cleat_easy_finish(&status, s, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(status, 3);
    CU_ASSERT_EQUAL(cleat_easy_write(s, "late", 4, NULL), CLEAT_E_CLOSED);
    cleat_easy_stream_close(s);
    CU_ASSERT_EQUAL(cleat_easy_start(&s, e, "hang", NULL), CLEAT_OK);
    cleat_easy_close(e); /* and the stream with it */
}

static void a_tcp_stream_reaches_where_the_server_can(void)
{
    cleat_easy *e = connect_plainly(NULL);
    cleat_easy_stream *s = NULL;
    char text[8] = "";
    size_t n;
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    CU_ASSERT_EQUAL(cleat_easy_open_tcp(&s, e, "127.0.0.1", 1, NULL), CLEAT_E_CHANNEL_OPEN);
    CU_ASSERT_PTR_NULL(s);
    CU_ASSERT_EQUAL_FATAL(cleat_easy_open_tcp(&s, e, "127.0.0.1", echo_server_port(server), NULL),
                          CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_easy_read(&n, s, text, 4, NULL, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(text, "SSH-");
    cleat_easy_close(e);
}

/* ---- several ---- */

static void a_jump_host_carries_connections(void)
{
    cleat_easy *jump = connect_plainly(NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(jump);
    cleat_easy *e = connect_plainly(jump);
    cleat_easy_result r;
    program p = {.host = CLEAT_EASY_ACCEPT};
    cleat_easy_options nowhere = options_of(&p, "pw");
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    CU_ASSERT_EQUAL(cleat_easy_exec(&r, e, "echo", NULL, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(r.status, 3);
    cleat_easy_result_free(&r);
    nowhere.jump = jump;
    nowhere.port = 1;
    expect_refusal(&nowhere, CLEAT_E_CONNECT, "through the jump host");
    cleat_easy_close(jump);
    CU_ASSERT_NOT_EQUAL(cleat_easy_exec(&r, e, "echo", NULL, NULL), CLEAT_OK);
    cleat_easy_result_free(&r);
    cleat_easy_close(e);
}

static void work(void *argument)
{
    bool *good = argument;
    cleat_easy_result r = {0};
    program p = {.host = CLEAT_EASY_ACCEPT};
    cleat_easy *e;
    cleat_easy_options o = options_of(&p, "pw");
    o.password = "secret";
    if (cleat_easy_connect(&e, &o, NULL) != CLEAT_OK)
        return;
    *good = cleat_easy_exec(&r, e, "echo", NULL, NULL) == CLEAT_OK && r.status == 3;
    cleat_easy_result_free(&r);
    cleat_easy_close(e);
}

static void threads_do_not_disturb_each_other(void)
{
    enum { THREADS = 4 };
    uv_thread_t threads[THREADS];
    bool good[THREADS] = {false};
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(uv_thread_create(&threads[i], work, &good[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        uv_thread_join(&threads[i]);
        CU_ASSERT_TRUE(good[i]);
    }
}

/* ---- the suite ---- */

static int set_up(void)
{
    char temp[512];
    size_t len = sizeof temp;
    uv_fs_t request;
    char pattern[600];
    if (uv_os_tmpdir(temp, &len) != 0)
        return 1;
    snprintf(pattern, sizeof pattern, "%s/cleat-easy-XXXXXX", temp);
    if (uv_fs_mkdtemp(NULL, &request, pattern, NULL) != 0)
        return 1;
    snprintf(folder, sizeof folder, "%s", request.path);
    uv_fs_req_cleanup(&request);
    server = echo_server_start();
    return server ? 0 : 1;
}

static int tear_down(void)
{
    static const char *const names[] = {"known_hosts", "id"};
    uv_fs_t request;
    echo_server_stop(server);
    for (size_t i = 0; i < 2; i++) {
        char *path = path_of(names[i]);
        uv_fs_unlink(NULL, &request, path, NULL);
        uv_fs_req_cleanup(&request);
        port_free(path);
    }
    uv_fs_rmdir(NULL, &request, folder, NULL);
    uv_fs_req_cleanup(&request);
    return 0;
}

void suite_easy(void)
{
    CU_pSuite s = CU_add_suite("easy", set_up, tear_down);
    CU_ADD_TEST(s, an_unknown_host_is_refused);
    CU_ADD_TEST(s, a_remembered_host_is_known_and_a_changed_one_refused);
    CU_ADD_TEST(s, a_host_is_known_by_its_certificate);
    CU_ADD_TEST(s, a_server_tells_its_keys_and_a_users_methods);
    CU_ADD_TEST(s, a_server_shows_its_certificate);
    CU_ADD_TEST(s, a_server_that_is_not_there_is_named);
    CU_ADD_TEST(s, passwords_are_taken_from_the_options_then_asked_for);
    CU_ADD_TEST(s, questions_and_a_new_password_come_from_the_program);
    CU_ADD_TEST(s, a_key_file_is_unlocked_when_the_server_would_take_it);
    CU_ADD_TEST(s, a_server_that_does_not_answer_is_given_up);
    CU_ADD_TEST(s, a_command_gets_its_input_and_gives_its_output);
    CU_ADD_TEST(s, time_and_output_are_bounded_and_the_connection_goes_on);
    CU_ADD_TEST(s, a_stream_is_written_and_read_in_turn);
    CU_ADD_TEST(s, a_tcp_stream_reaches_where_the_server_can);
    CU_ADD_TEST(s, a_jump_host_carries_connections);
    CU_ADD_TEST(s, threads_do_not_disturb_each_other);
}
