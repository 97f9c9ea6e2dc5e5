/* Every message of monitor/messages.def: what is encoded decodes to the same, every truncation and
 * one byte too many are refused; and who may send it when. */
#include "../../monitor/messages.h"
#include "../../monitor/prove.h"
#include "base/alloc.h"
#include "base/compat.h"
#include "base/slice.h"
#include "wire/writer.h"

#include <CUnit/CUnit.h>
#include <string.h>

static void refuse_damage(const monitor_packet *p, cleat_status (*decode)(cleat_slice))
{
    uint8_t longer[512] = {0};
    CU_ASSERT_FATAL(p->len < sizeof longer);
    memcpy(longer, p->data, p->len);
    for (size_t len = 0; len < p->len; len++)
        CU_ASSERT_NOT_EQUAL(decode((cleat_slice){longer, len}), CLEAT_OK);
    CU_ASSERT_NOT_EQUAL(decode((cleat_slice){longer, p->len + 1}), CLEAT_OK);
    longer[0] ^= 0x80;
    CU_ASSERT_NOT_EQUAL(decode((cleat_slice){longer, p->len}), CLEAT_OK);
}

/* ---- comparison ---- */

#define MSG(name, number_, sender_, states_)                                                       \
    static void check_##name(const monitor_##name *a, const monitor_##name *b)                     \
    {
#define U32(field) CU_ASSERT_EQUAL(a->field, b->field);
#define U64(field) CU_ASSERT_EQUAL(a->field, b->field);
#define BOOL(field) CU_ASSERT_EQUAL(a->field, b->field);
#define CHARS(field) CU_ASSERT(cleat_slice_equal(a->field, b->field));
#define BYTES(field) CU_ASSERT(cleat_slice_equal(a->field, b->field));
#define SECRET(field) CU_ASSERT(cleat_slice_equal(a->field, b->field));
#define END(name) }
#include "../../monitor/messages.def"
#undef MSG
#undef U32
#undef U64
#undef BOOL
#undef CHARS
#undef BYTES
#undef SECRET
#undef END

/* ---- round trips ---- */

#define MSG(name, number_, sender_, states_)                                                       \
    static cleat_status decode_##name(cleat_slice bytes)                                           \
    {                                                                                              \
        monitor_##name m;                                                                          \
        return monitor_decode_##name(bytes, &m);                                                   \
    }                                                                                              \
    static void round_trip_##name(void)                                                            \
    {                                                                                              \
        monitor_##name sent = {0}, got = {0};                                                      \
        monitor_packet p;                                                                          \
        uint32_t next = 1;                                                                         \
        (void)next;
#define U32(field) sent.field = 0x01020304 + next++;
#define U64(field) sent.field = 0x0102030405060708 + next++;
#define BOOL(field) sent.field = true;
#define CHARS(field) sent.field = CL_SLICE_LIT(#field);
#define BYTES(field) sent.field = CL_SLICE_LIT(#field "\0\1");
#define SECRET(field) sent.field = CL_SLICE_LIT("secret " #field);
#define END(name)                                                                                  \
    CU_ASSERT_EQUAL_FATAL(monitor_encode_##name(&p, &sent), CLEAT_OK);                             \
    const cleat_slice bytes = {p.data, p.len};                                                     \
    CU_ASSERT_EQUAL(monitor_number(bytes), MONITOR_##name);                                        \
    CU_ASSERT_EQUAL(monitor_decode_##name(bytes, &got), CLEAT_OK);                                 \
    check_##name(&sent, &got);                                                                     \
    refuse_damage(&p, decode_##name);                                                              \
    monitor_packet_free(&p);                                                                       \
    }

#include "../../monitor/messages.def"
#undef MSG
#undef U32
#undef U64
#undef BOOL
#undef CHARS
#undef BYTES
#undef SECRET
#undef END

static void all_round_trips(void)
{
#define MSG(name, number_, sender_, states_) round_trip_##name();
#define U32(field)
#define U64(field)
#define BOOL(field)
#define CHARS(field)
#define BYTES(field)
#define SECRET(field)
#define END(name)
#include "../../monitor/messages.def"
}

/* ---- who and when ---- */

static void only_its_sender_may_send_it(void)
{
    CU_ASSERT(monitor_allows(MONITOR_auth, MONITOR_FROM_NETWORK, MONITOR_IN_LOGIN));
    CU_ASSERT_FALSE(monitor_allows(MONITOR_auth, MONITOR_FROM_NETWORK, MONITOR_IN_SESSION));
    CU_ASSERT_FALSE(monitor_allows(MONITOR_auth, MONITOR_FROM_RUNNER, MONITOR_IN_LOGIN));
    CU_ASSERT(monitor_allows(MONITOR_sign, MONITOR_FROM_NETWORK, MONITOR_IN_SESSION));
    CU_ASSERT_FALSE(monitor_allows(MONITOR_verdict, MONITOR_FROM_NETWORK, MONITOR_IN_LOGIN));
    CU_ASSERT_FALSE(monitor_allows(MONITOR_answer, MONITOR_FROM_NETWORK, MONITOR_IN_SESSION));
    CU_ASSERT(monitor_allows(MONITOR_line, MONITOR_FROM_RUNNER, MONITOR_IN_SESSION));
    CU_ASSERT_FALSE(monitor_allows(0, ~0u, ~0u));
    CU_ASSERT_FALSE(monitor_allows(255, ~0u, ~0u));
}

static void a_long_one_is_not_made(void)
{
    static const uint8_t bytes[MONITOR_MESSAGE_MAX];
    monitor_packet p;
    CU_ASSERT_EQUAL(monitor_encode_line(&p, &(monitor_line){.text = {bytes, sizeof bytes}}),
                    CLEAT_E_LIMIT);
    CU_ASSERT_PTR_NULL(p.data);
}

/* ---- hostkeys-prove ---- */

static void a_proof_is_this_connections(void)
{
    const cleat_slice id = CL_SLICE_LIT("the session"), key = CL_SLICE_LIT("a key");
    const cleat_slice other = CL_SLICE_LIT("other");
    cl_buf b = CL_BUF(&cl_alloc_default);
    cl_put_cstring(&b, "hostkeys-prove-00@openssh.com");
    cl_put_string(&b, id);
    cl_put_string(&b, key);
    CU_ASSERT(monitor_is_prove(cl_buf_slice(&b), id, key));
    CU_ASSERT_FALSE(monitor_is_prove(cl_buf_slice(&b), other, key));
    CU_ASSERT_FALSE(monitor_is_prove(cl_buf_slice(&b), id, other));
    CU_ASSERT_FALSE(monitor_is_prove((cleat_slice){b.data, b.len - 1}, id, key));
    cl_put_u8(&b, 0);
    CU_ASSERT_FALSE(monitor_is_prove(cl_buf_slice(&b), id, key));
    cl_buf_free(&b);
}

void suite_monitor_messages(void)
{
    CU_pSuite suite = CU_add_suite("monitor messages", NULL, NULL);
    CU_add_test(suite, "all round trips", all_round_trips);
    CU_add_test(suite, "only its sender may send it", only_its_sender_may_send_it);
    CU_add_test(suite, "a long one is not made", a_long_one_is_not_made);
    CU_add_test(suite, "a proof is this connection's", a_proof_is_this_connections);
}
