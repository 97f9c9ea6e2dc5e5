/* Every message of messages.def: what is encoded decodes to the same, every truncation and one byte
 * too many are refused (but for messages that end in REST). */
#include "base/alloc.h"
#include "base/compat.h"
#include "wire/messages.h"

#include <CUnit/CUnit.h>

static bool ends_open; /* the message has a REST field */

static void begin(void)
{
    ends_open = false;
}

/* Truncations of an encoding must not decode. */
static void refuse_damage(cl_buf *wire, cleat_status (*decode)(cleat_slice payload))
{
    for (size_t len = 0; len < wire->len; len++) {
        bool rest_only_shorter = ends_open && len + 3 >= wire->len;
        if (!rest_only_shorter)
            CU_ASSERT_NOT_EQUAL(decode(cl_slice(wire->data, len)), CLEAT_OK);
    }
    cl_buf_add_byte(wire, 0);
    if (!ends_open)
        CU_ASSERT_NOT_EQUAL(decode(cl_buf_slice(wire)), CLEAT_OK);
    wire->data[0] ^= 0x80;
    CU_ASSERT_NOT_EQUAL(decode(cl_buf_slice(wire)), CLEAT_OK);
}

#define MSG(name, number_)                                                                         \
    static cleat_status decode_##name(cleat_slice payload)                                         \
    {                                                                                              \
        cl_msg_##name m;                                                                           \
        return cl_decode_##name(payload, &m);                                                      \
    }
#define END(name)
#define U32(field)
#define BOOL(field)
#define TEXT(field)
#define BYTES(field)
#define SECRET(field)
#define NAMES(field)
#define MPINT(field)
#define REST(field)
#include "wire/messages.def"
#undef MSG
#undef END
#undef U32
#undef BOOL
#undef TEXT
#undef BYTES
#undef SECRET
#undef NAMES
#undef MPINT
#undef REST

#define MSG(name, number_)                                                                         \
    static void round_trip_##name(void)                                                            \
    {                                                                                              \
        cl_msg_##name in = {0};                                                                    \
        cl_msg_##name out = {0};                                                                   \
        cl_buf wire = CL_BUF(&cl_alloc_default);                                                   \
        cleat_status (*decode)(cleat_slice) = decode_##name;                                       \
        const uint8_t number = (number_);                                                          \
        (void)in;                                                                                  \
        begin();
#define SET(field, value) in.field = (value);
#define U32(field) SET(field, 0x01020304u)
#define BOOL(field) SET(field, true)
#define TEXT(field) SET(field, CL_SLICE_LIT("text"))
#define BYTES(field) SET(field, CL_SLICE_LIT("by\0tes"))
#define SECRET(field) SET(field, CL_SLICE_LIT("secret"))
#define NAMES(field) SET(field, CL_SLICE_LIT("one,two"))
#define MPINT(field) SET(field, CL_SLICE_LIT("\x81\x02\x03"))
#define REST(field)                                                                                \
    ends_open = true;                                                                              \
    SET(field, CL_SLICE_LIT("end"))
#define END(name)                                                                                  \
    cl_encode_##name(&wire, &in);                                                                  \
    CU_ASSERT_EQUAL_FATAL(cl_decode_##name(cl_buf_slice(&wire), &out), CLEAT_OK);                  \
    CU_ASSERT_EQUAL(out.number, number);                                                           \
    cl_buf again = CL_BUF(&cl_alloc_default);                                                      \
    cl_encode_##name(&again, &out);                                                                \
    CU_ASSERT_TRUE(cleat_slice_equal(cl_buf_slice(&again), cl_buf_slice(&wire)));                  \
    refuse_damage(&wire, decode);                                                                  \
    cl_buf_free(&again);                                                                           \
    cl_buf_free(&wire);                                                                            \
    }
#include "wire/messages.def"
#undef MSG
#undef END
#undef U32
#undef BOOL
#undef TEXT
#undef BYTES
#undef SECRET
#undef NAMES
#undef MPINT
#undef REST

static const struct {
    const char *name;
    void (*test)(void);
} tests[] = {
#define MSG(name, number_) {"round_trip_" #name, round_trip_##name},
#define END(name)
#define U32(field)
#define BOOL(field)
#define TEXT(field)
#define BYTES(field)
#define SECRET(field)
#define NAMES(field)
#define MPINT(field)
#define REST(field)
#include "wire/messages.def"
};

static void trace_shows_no_secret(void)
{
    cl_buf wire = CL_BUF(&cl_alloc_default);
    cl_buf line = CL_BUF(&cl_alloc_default);
    const cl_msg_userauth_request request = {.user = CL_SLICE_LIT("alice"),
                                             .service = CL_SLICE_LIT("ssh-connection"),
                                             .method = CL_SLICE_LIT("password"),
                                             .fields = CL_SLICE_LIT("\0\0\0\0\6hunter")};
    cl_encode_userauth_request(&wire, &request);
    cl_message_trace(&line, cl_buf_slice(&wire));
    const char *text = cl_buf_text(&line);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "alice"));
    CU_ASSERT_PTR_NULL(strstr(text, "hunter"));
    cl_buf_free(&wire);
    cl_buf_free(&line);
}

void suite_messages(void)
{
    CU_pSuite s = CU_add_suite("messages", NULL, NULL);
    for (size_t i = 0; i < CL_COUNT(tests); i++)
        CU_add_test(s, tests[i].name, tests[i].test);
    CU_add_test(s, "trace_shows_no_secret", trace_shows_no_secret);
}
