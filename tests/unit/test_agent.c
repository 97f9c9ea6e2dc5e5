/* The agent protocol's client: what it asks byte for byte, and what it makes of replies. */
#include "../../libcore/base/slice.h"

#include <cleat/agent.h>

#include <CUnit/CUnit.h>
#include <string.h>

static cleat_agent *new_agent(cleat_ctx **ctx)
{
    cleat_agent *a;
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(ctx, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_agent_new(&a, *ctx), CLEAT_OK);
    return a;
}

static void end_agent(cleat_agent *a, cleat_ctx *ctx)
{
    cleat_agent_free(a);
    cleat_ctx_unref(ctx);
}

static bool sends(cleat_agent *a, const void *bytes, size_t len)
{
    cleat_slice out = cleat_agent_send_peek(a);
    bool same = cleat_slice_equal(out, cl_slice(bytes, len));
    cleat_agent_send_done(a, out.len);
    return same && cleat_agent_send_peek(a).len == 0;
}

#define SENDS(a, text) sends(a, text, sizeof(text) - 1)

static void requests_are_as_specified(void)
{
    cleat_ctx *ctx;
    cleat_agent *a = new_agent(&ctx);
    CU_ASSERT_EQUAL(cleat_agent_list(a, NULL), CLEAT_OK);
    CU_ASSERT_TRUE(SENDS(a, "\0\0\0\1\13"));
    CU_ASSERT_EQUAL(
        cleat_agent_sign(a, CL_SLICE_LIT("key"), "rsa-sha2-512", CL_SLICE_LIT("text"), NULL),
        CLEAT_OK);
    CU_ASSERT_TRUE(SENDS(a, "\0\0\0\24\15\0\0\0\3key\0\0\0\4text\0\0\0\4"));
    CU_ASSERT_EQUAL(cleat_agent_sign(a, CL_SLICE_LIT("k"), "rsa-sha2-256", CL_SLICE_EMPTY, NULL),
                    CLEAT_OK);
    CU_ASSERT_TRUE(SENDS(a, "\0\0\0\16\15\0\0\0\1k\0\0\0\0\0\0\0\2"));
    CU_ASSERT_EQUAL(
        cleat_agent_bind(a, CL_SLICE_LIT("h"), CL_SLICE_LIT("s"), CL_SLICE_LIT("g"), false, NULL),
        CLEAT_OK);
    CU_ASSERT_TRUE(SENDS(a, "\0\0\0\55\33\0\0\0\30session-bind@openssh.com"
                            "\0\0\0\1h\0\0\0\1s\0\0\0\1g\0"));
    CU_ASSERT_EQUAL(cleat_agent_waiting(a), 4);
    end_agent(a, ctx);
}

static const char replies[] = "\0\0\0\1\5" /* bind: refused */
                              "\0\0\0\34\14\0\0\0\1\0\0\0\3key\0\0\0\14my comment.." /* list */
                              "\0\0\0\10\16\0\0\0\3sig";                             /* sign */

static void replies_come_in_order_however_they_are_cut(void)
{
    for (size_t piece = 1; piece < sizeof replies; piece++) {
        cleat_ctx *ctx;
        cleat_agent *a = new_agent(&ctx);
        int tags[3];
        unsigned seen = 0;
        CU_ASSERT_EQUAL(
            cleat_agent_bind(a, CL_SLICE_EMPTY, CL_SLICE_EMPTY, CL_SLICE_EMPTY, false, &tags[0]),
            CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_agent_list(a, &tags[1]), CLEAT_OK);
        CU_ASSERT_EQUAL(
            cleat_agent_sign(a, CL_SLICE_EMPTY, "ssh-ed25519", CL_SLICE_EMPTY, &tags[2]), CLEAT_OK);
        cleat_slice rest = CL_SLICE_LIT(replies);
        while (rest.len) {
            const cleat_agent_reply *reply;
            CU_ASSERT_EQUAL(cleat_agent_recv(a, cl_slice_cut(rest, 0, piece)), CLEAT_OK);
            rest = cl_slice_cut(rest, piece, rest.len);
            while ((reply = cleat_agent_next(a)) != NULL) {
                CU_ASSERT_PTR_EQUAL(reply->tag, &tags[seen]);
                CU_ASSERT_EQUAL(reply->success, seen != 0);
                if (seen == 1) {
                    CU_ASSERT_EQUAL(reply->key_count, 1);
                    CU_ASSERT_TRUE(cl_slice_is(reply->keys[0].blob, "key"));
                    CU_ASSERT_STRING_EQUAL(reply->keys[0].comment, "my comment..");
                }
                if (seen == 2)
                    CU_ASSERT_TRUE(cl_slice_is(reply->signature, "sig"));
                seen++;
            }
        }
        CU_ASSERT_EQUAL(seen, 3);
        CU_ASSERT_EQUAL(cleat_agent_waiting(a), 0);
        end_agent(a, ctx);
    }
}

static void nonsense_is_a_refusal_or_the_end(void)
{
    static const struct {
        const char *bytes;
        size_t len;
        cleat_status st;
    } cases[] = {
        {"\0\0\0\2\14x", 6, CLEAT_OK},                   /* a list that is none */
        {"\0\0\0\5\14\377\377\377\377", 9, CLEAT_OK},    /* of too many keys */
        {"\0\0\0\11\14\0\0\0\1\0\0\0\11", 13, CLEAT_OK}, /* that ends too early */
        {"\0\0\0\6\14\0\0\0\0x", 10, CLEAT_OK},          /* with something behind */
        {"\0\0\0\1\6", 5, CLEAT_OK},                     /* another kind of answer */
        {"\0\0\0\0", 4, CLEAT_E_PROTO},
        {"\0\5\0\0", 4, CLEAT_E_LIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cleat_ctx *ctx;
        cleat_agent *a = new_agent(&ctx);
        CU_ASSERT_EQUAL(cleat_agent_list(a, NULL), CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_agent_recv(a, cl_slice(cases[i].bytes, cases[i].len)), cases[i].st);
        const cleat_agent_reply *reply = cases[i].st == CLEAT_OK ? cleat_agent_next(a) : NULL;
        CU_ASSERT_EQUAL(reply != NULL, cases[i].st == CLEAT_OK);
        CU_ASSERT_FALSE(reply && (reply->success || reply->key_count));
        end_agent(a, ctx);
    }
    cleat_ctx *ctx;
    cleat_agent *a = new_agent(&ctx);
    CU_ASSERT_EQUAL(cleat_agent_recv(a, CL_SLICE_LIT("\0\0\0\1\6")), CLEAT_E_PROTO); /* unasked */
    end_agent(a, ctx);
}

void suite_agent(void)
{
    CU_pSuite s = CU_add_suite("agent", NULL, NULL);
    CU_add_test(s, "requests_are_as_specified", requests_are_as_specified);
    CU_add_test(s, "replies_come_in_order_however_they_are_cut",
                replies_come_in_order_however_they_are_cut);
    CU_add_test(s, "nonsense_is_a_refusal_or_the_end", nonsense_is_a_refusal_or_the_end);
}
