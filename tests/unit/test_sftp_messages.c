/* Every message of sftp_messages.def in every version: what is encoded decodes to the same, every
 * truncation and one byte too many are refused (but for messages that end in REST). */
#include "base/alloc.h"
#include "base/compat.h"
#include "service/sftp_messages.h"
#include "service/sftp_version.h"

#include <CUnit/CUnit.h>

static bool ends_open; /* the message has a REST field */

/* All there is, so that each version sends what it knows. */
static cleat_sftp_attrs all_attrs(void)
{
    return (cleat_sftp_attrs){
        .has = 0xFFFF,
        .type = CLEAT_SFTP_FIFO,
        .size = 0x0102030405060708,
        .allocation_size = 0x1112131415161718,
        .uid = 1001,
        .gid = 1002,
        .owner = CL_SLICE_LIT("owner"),
        .group = CL_SLICE_LIT("group"),
        .permissions = 04755,
        .atime = {1700000001, 1},
        .createtime = {-1, 500000000},
        .mtime = {1700000003, 3},
        .ctime = {1700000004, 4},
        .acl = CL_SLICE_LIT("\0\0\0\0"),
        .bits = 0x44,
        .bits_valid = 0xFFF,
        .text_hint = 2,
        .mime_type = CL_SLICE_LIT("text/plain"),
        .link_count = 7,
        .untranslated_name = CL_SLICE_LIT("raw"),
        .extended_count = 1,
        .extended = CL_SLICE_LIT("\0\0\0\1n\0\0\0\1v"),
    };
}

/* What follows type, id, and an extension's name. */
static cleat_slice fields_of(const cl_buf *wire, bool named, uint32_t id)
{
    cl_reader r = cl_reader_of(cl_buf_slice(wire));
    cl_sftp_head head;
    cleat_slice packet = cl_get_string(&r);
    CU_ASSERT_EQUAL_FATAL(cl_reader_done(&r), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cl_sftp_read_head(packet, &head), CLEAT_OK);
    CU_ASSERT_EQUAL(head.id, id);
    cl_reader rest = cl_reader_of(head.fields);
    if (named)
        cl_get_string(&rest);
    return cl_get_rest(&rest);
}

static void refuse_damage(cleat_slice fields, unsigned version,
                          cleat_status (*decode)(cleat_slice, unsigned))
{
    uint8_t longer[512] = {0};
    CU_ASSERT_FATAL(fields.len < sizeof longer);
    if (fields.len)
        memcpy(longer, fields.data, fields.len);
    for (size_t len = 0; len < fields.len; len++) {
        if (!ends_open || len + 3 < fields.len)
            CU_ASSERT_NOT_EQUAL(decode(cl_slice(longer, len), version), CLEAT_OK);
    }
    if (!ends_open)
        CU_ASSERT_NOT_EQUAL(decode(cl_slice(longer, fields.len + 1), version), CLEAT_OK);
}

#define MSG(name, number_)                                                                         \
    static cleat_status decode_##name(cleat_slice fields, unsigned version)                        \
    {                                                                                              \
        cl_sftp_##name m;                                                                          \
        return cl_sftp_decode_##name(fields, version, &m);                                         \
    }
#define EXT(name, wire) MSG(name, 0)
#define REPLY(name) MSG(name, 0)
#define END(name)
#define U32(field)
#define U32_FROM(version_, field)
#define U32_UPTO(version_, field)
#define U64(field)
#define BOOL(field)
#define TEXT(field)
#define BYTES(field)
#define ATTRS(field)
#define REST(field)
#include "service/sftp_messages.def"
#undef MSG
#undef EXT
#undef REPLY
#undef END
#undef U32
#undef U32_FROM
#undef U32_UPTO
#undef U64
#undef BOOL
#undef TEXT
#undef BYTES
#undef ATTRS
#undef REST

#define CASE(name, named_)                                                                         \
    static void check_##name(unsigned version)                                                     \
    {                                                                                              \
        cl_sftp_##name in = {.end_ = 0};                                                           \
        cl_sftp_##name out;                                                                        \
        cl_buf wire = CL_BUF(&cl_alloc_default);                                                   \
        cl_buf again = CL_BUF(&cl_alloc_default);                                                  \
        const bool named = (named_);                                                               \
        ends_open = false;
#define MSG(name, number_) CASE(name, false)
#define EXT(name, wire) CASE(name, true)
#define REPLY(name) CASE(name, false)
#define U32(field) in.field = 0x01020304u;
#define U32_FROM(version_, field) in.field = version >= (version_) ? 0x11121314u : 0;
#define U32_UPTO(version_, field) in.field = version <= (version_) ? 0x21222324u : 0;
#define U64(field) in.field = 0x3132333435363738u;
#define BOOL(field) in.field = true;
#define TEXT(field) in.field = CL_SLICE_LIT("text");
#define BYTES(field) in.field = CL_SLICE_LIT("by\0tes");
#define ATTRS(field) in.field = all_attrs();
#define REST(field)                                                                                \
    ends_open = true;                                                                              \
    in.field = CL_SLICE_LIT("end");
#define END(name)                                                                                  \
    cl_sftp_encode_##name(&wire, 77, version, &in);                                                \
    cleat_slice fields = fields_of(&wire, named, 77);                                              \
    CU_ASSERT_EQUAL_FATAL(cl_sftp_decode_##name(fields, version, &out), CLEAT_OK);                 \
    cl_sftp_encode_##name(&again, 77, version, &out);                                              \
    CU_ASSERT_TRUE(cleat_slice_equal(cl_buf_slice(&again), cl_buf_slice(&wire)));                  \
    refuse_damage(fields, version, decode_##name);                                                 \
    cl_buf_free(&again);                                                                           \
    cl_buf_free(&wire);                                                                            \
    }                                                                                              \
    static void round_trip_##name(void)                                                            \
    {                                                                                              \
        for (unsigned v = CLEAT_SFTP_VERSION_MIN; v <= CLEAT_SFTP_VERSION_MAX; v++)                \
            check_##name(v);                                                                       \
    }
#include "service/sftp_messages.def"
#undef MSG
#undef EXT
#undef REPLY
#undef END
#undef U32
#undef U32_FROM
#undef U32_UPTO
#undef U64
#undef BOOL
#undef TEXT
#undef BYTES
#undef ATTRS
#undef REST

static const struct {
    const char *name;
    void (*test)(void);
} tests[] = {
#define MSG(name, number_) {"round_trip_" #name, round_trip_##name},
#define EXT(name, wire) {"round_trip_" #name, round_trip_##name},
#define REPLY(name) {"round_trip_" #name, round_trip_##name},
#define END(name)
#define U32(field)
#define U32_FROM(version_, field)
#define U32_UPTO(version_, field)
#define U64(field)
#define BOOL(field)
#define TEXT(field)
#define BYTES(field)
#define ATTRS(field)
#define REST(field)
#include "service/sftp_messages.def"
};

/* ---- attributes ---- */

static cleat_sftp_attrs through(unsigned version, const cleat_sftp_attrs *in, cl_buf *wire)
{
    cleat_sftp_attrs out;
    cl_buf_reset(wire);
    cl_sftp_put_attrs(wire, version, in);
    cl_reader r = cl_reader_of(cl_buf_slice(wire));
    cl_sftp_get_attrs(&r, version, &out);
    CU_ASSERT_EQUAL(cl_reader_done(&r), CLEAT_OK);
    return out;
}

static void attributes_keep_what_the_version_knows(void)
{
    cl_buf wire = CL_BUF(&cl_alloc_default);
    const cleat_sftp_attrs in = all_attrs();
    for (unsigned v = CLEAT_SFTP_VERSION_MIN; v <= CLEAT_SFTP_VERSION_MAX; v++) {
        cleat_sftp_attrs out = through(v, &in, &wire);
        uint32_t known = cl_sftp_known_attrs(v) | (v == 3 ? CLEAT_SFTP_HAS_MTIME : 0);
        CU_ASSERT_EQUAL(out.has, known);
        CU_ASSERT_EQUAL(out.type, CLEAT_SFTP_FIFO);
        CU_ASSERT_EQUAL(out.size, in.size);
        CU_ASSERT_EQUAL(out.permissions, 04755);
        CU_ASSERT_EQUAL(out.mtime.seconds, in.mtime.seconds);
        CU_ASSERT_EQUAL(out.mtime.nanoseconds, v == 3 ? 0 : 3);
        CU_ASSERT_EQUAL(out.uid, v == 3 ? 1001 : 0);
        CU_ASSERT_EQUAL(out.createtime.seconds, v == 3 ? 0 : -1);
        CU_ASSERT_EQUAL(out.owner.len, v == 3 ? 0 : 5);
        CU_ASSERT_EQUAL(out.bits, v < 5 ? 0 : 0x44);
        CU_ASSERT_EQUAL(out.link_count, v < 6 ? 0 : 7);
        CU_ASSERT_EQUAL(out.extended_count, 1);
    }
    cl_buf_free(&wire);
}

static void times_of_version_3_are_32_bits(void)
{
    cl_buf wire = CL_BUF(&cl_alloc_default);
    cleat_sftp_attrs in = {.has = CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME,
                           .atime = {-5, 0},
                           .mtime = {(int64_t)1 << 40, 0}};
    cleat_sftp_attrs out = through(3, &in, &wire);
    CU_ASSERT_EQUAL(out.atime.seconds, 0);
    CU_ASSERT_EQUAL(out.mtime.seconds, UINT32_MAX);
    in.has = CLEAT_SFTP_HAS_MTIME; /* alone it cannot be said */
    out = through(3, &in, &wire);
    CU_ASSERT_EQUAL(out.has, 0);
    cl_buf_free(&wire);
}

static void hostile_attributes_are_refused(void)
{
    static const struct {
        unsigned version;
        const char *bytes;
        size_t len;
        bool good;
    } cases[] = {
        {3, "\0\0\0\x20", 4, true},                                   /* Huawei's */
        {3, "\0\0\1\0", 4, false},                                    /* of a later version */
        {4, "\0\0\0\2\1", 5, false},                                  /* ids are version 3's */
        {4, "\0\0\0\0\xFF", 5, true},                                 /* a type that nobody knows */
        {6, "\0\1\0\0\1", 5, false},                                  /* of no version */
        {3, "\x80\0\0\0\xFF\xFF\xFF\xFF", 8, false},                  /* very many */
        {3, "\x80\0\0\0\0\0\0\1\0\0\0\x9", 12, false},                /* that are not there */
        {4, "\0\0\1\x20\1\0\0\0\0\0\0\0\0\x3B\x9A\xCA\0", 17, false}, /* a whole second */
        {4, "\0\0\1\x20\1\0\0\0\0\0\0\0\0\x3B\x9A\xC9\xFF", 17, true},
    };
    for (size_t i = 0; i < CL_COUNT(cases); i++) {
        cleat_sftp_attrs a;
        cl_reader r = cl_reader_of(cl_slice(cases[i].bytes, cases[i].len));
        cl_sftp_get_attrs(&r, cases[i].version, &a);
        CU_ASSERT_EQUAL(cl_reader_done(&r) == CLEAT_OK, cases[i].good);
        if (!cases[i].good)
            CU_ASSERT_EQUAL(a.has, 0);
    }
}

/* ---- the rest ---- */

static void opening_says_the_same_both_ways(void)
{
    static const uint32_t pflags[] = {0x01, 0x02, 0x03, 0x0A, 0x1A, 0x2A, 0x12, 0x0E, 0x4A, 0x4B};
    uint32_t access;
    uint32_t flags;
    uint32_t again;
    for (size_t i = 0; i < CL_COUNT(pflags); i++) {
        CU_ASSERT_TRUE(cl_sftp_open_from_pflags(pflags[i], &access, &flags));
        CU_ASSERT_TRUE(cl_sftp_open_to_pflags(access, flags, &again));
        CU_ASSERT_EQUAL(again, pflags[i]);
    }
    CU_ASSERT_FALSE(cl_sftp_open_from_pflags(0x80, &access, &flags));
    CU_ASSERT_FALSE(cl_sftp_open_to_pflags(CLEAT_SFTP_READ_DATA, 5, &again));
    CU_ASSERT_FALSE(cl_sftp_open_to_pflags(
        CLEAT_SFTP_READ_DATA, CLEAT_SFTP_OPEN_EXISTING | CLEAT_SFTP_OPEN_NOFOLLOW, &again));
}

static void codes_are_of_the_version(void)
{
    CU_ASSERT_EQUAL(cl_sftp_code_for(CLEAT_SFTP_DIR_NOT_EMPTY, 5), CLEAT_SFTP_FAILURE);
    CU_ASSERT_EQUAL(cl_sftp_code_for(CLEAT_SFTP_DIR_NOT_EMPTY, 6), CLEAT_SFTP_DIR_NOT_EMPTY);
    CU_ASSERT_EQUAL(cl_sftp_code_for(CLEAT_SFTP_NOT_A_DIRECTORY, 3), CLEAT_SFTP_NO_SUCH_FILE);
    CU_ASSERT_EQUAL(cl_sftp_code_for(CLEAT_SFTP_WRITE_PROTECT, 3), CLEAT_SFTP_PERMISSION_DENIED);
    CU_ASSERT_EQUAL(cl_sftp_code_for(9999, 6), CLEAT_SFTP_FAILURE);
    CU_ASSERT_STRING_EQUAL(cleat_sftp_code_text(3), "Permission denied");
    CU_ASSERT_STRING_EQUAL(cleat_sftp_code_text(4711), "Failure");
}

static void a_status_may_lack_its_text(void)
{
    cleat_slice language;
    CU_ASSERT_EQUAL(cl_sftp_status_text(CL_SLICE_EMPTY, &language).len, 0);
    CU_ASSERT_EQUAL(cl_sftp_status_text(CL_SLICE_LIT("\0\0\0\x63 x"), &language).len, 0);
    CU_ASSERT_EQUAL(language.len, 0);
    const cleat_slice rest = CL_SLICE_LIT("\0\0\0\2no\0\0\0\2en");
    CU_ASSERT_TRUE(cl_slice_is(cl_sftp_status_text(rest, &language), "no"));
    CU_ASSERT_TRUE(cl_slice_is(language, "en"));
}

static void names_come_as_they_went(void)
{
    cl_buf wire = CL_BUF(&cl_alloc_default);
    const cleat_sftp_name in = {
        .name = CL_SLICE_LIT("n"), .long_name = CL_SLICE_LIT("-rw- n"), .attrs = all_attrs()};
    for (unsigned v = CLEAT_SFTP_VERSION_MIN; v <= CLEAT_SFTP_VERSION_MAX; v++) {
        cleat_sftp_name out;
        cl_buf_reset(&wire);
        cl_sftp_put_name(&wire, v, &in);
        for (size_t len = 0; len < wire.len; len++) {
            cl_reader cut = cl_reader_of(cl_slice(wire.data, len));
            cl_sftp_get_name(&cut, v, &out);
            CU_ASSERT_NOT_EQUAL(cut.fault, CLEAT_OK);
        }
        cl_reader r = cl_reader_of(cl_buf_slice(&wire));
        cl_sftp_get_name(&r, v, &out);
        CU_ASSERT_EQUAL(cl_reader_done(&r), CLEAT_OK);
        CU_ASSERT_TRUE(cl_slice_is(out.name, "n"));
        CU_ASSERT_EQUAL(out.long_name.len, v == 3 ? 6 : 0);
        CU_ASSERT_EQUAL(out.attrs.size, in.attrs.size);
    }
    CU_ASSERT_FALSE(cl_sftp_says_end(CL_SLICE_LIT("\1"), 5));
    CU_ASSERT_TRUE(cl_sftp_says_end(CL_SLICE_LIT("\1"), 6));
    cl_buf_free(&wire);
}

static cleat_status read_hello(cleat_slice wire, cl_sftp_hello *out)
{
    cl_sftp_head head;
    cleat_status st = cl_sftp_read_head(wire, &head);
    return st == CLEAT_OK ? cl_sftp_read_version(&head, out) : st;
}

static void versions_announce_what_they_can(void)
{
    const cl_sftp_hello in = {.features = CL_SFTP_ALL_FEATURES,
                              .newline = CL_SLICE_LIT("\n"),
                              .versions = CL_SLICE_LIT("3,4,5,6"),
                              .vendor_id = CL_SLICE_LIT("vendor"),
                              .symlink_order = CL_SLICE_LIT(CL_SFTP_LINK_FIRST),
                              .has_supported = true,
                              .supported = {1, 2, 3, 4, 5, 6, 7},
                              .has_acl = true,
                              .acl = 3};
    for (unsigned v = CLEAT_SFTP_VERSION_MIN; v <= CLEAT_SFTP_VERSION_MAX; v++) {
        cl_buf wire = CL_BUF(&cl_alloc_default);
        cl_sftp_hello hello = in;
        cl_sftp_hello out;
        hello.version = v;
        cl_sftp_put_version(&wire, &hello);
        cleat_slice packet = cl_slice(wire.data + 4, wire.len - 4);
        CU_ASSERT_EQUAL_FATAL(read_hello(packet, &out), CLEAT_OK);
        CU_ASSERT_EQUAL(out.version, v);
        CU_ASSERT(cl_slice_is(out.symlink_order, CL_SFTP_LINK_FIRST));
        CU_ASSERT_EQUAL(out.features, CL_SFTP_ALL_FEATURES);
        CU_ASSERT_EQUAL(out.newline.len, v >= 4 ? 1 : 0);
        CU_ASSERT_EQUAL(out.has_supported, v >= 5);
        CU_ASSERT_EQUAL(out.supported.open_flags, v >= 5 ? 3 : 0);
        CU_ASSERT_EQUAL(out.supported.read_max, v >= 5 ? 5 : 0);
        CU_ASSERT_EQUAL(out.supported.blocks, v >= 6 ? 7 : 0);
        CU_ASSERT_EQUAL(out.has_acl, v >= 6);
        unsigned good = 0;
        for (size_t len = 0; len < packet.len; len++)
            good += read_hello(cl_slice(packet.data, len), &out) == CLEAT_OK;
        CU_ASSERT(good < 32); /* only between two pairs */
        cl_buf_free(&wire);
    }
}

static void extensions_count_with_their_version_alone(void)
{
    cl_sftp_hello out;
    static const char wire[] = "\2\0\0\0\3"
                               "\0\0\0\x11"
                               "fsync@openssh.com"
                               "\0\0\0\1"
                               "2"
                               "\0\0\0\x9"
                               "copy-data"
                               "\0\0\0\1"
                               "1";
    CU_ASSERT_EQUAL(read_hello(cl_slice(wire, sizeof wire - 1), &out), CLEAT_OK);
    CU_ASSERT_EQUAL(out.features, CL_SFTP_HAS_COPY_DATA);
}

/* As ProFTPD does. */
static void the_drafts_extensions_may_be_listed_by_name(void)
{
    static const char head[] = "\0\0\0\xAD\0\0\0\0\0\0\1\x87\0\0\0\x1F\0\0\x80\0";
    static const char names[] = "\0\0\0\xA"
                                "check-file"
                                "\0\0\0\x11"
                                "fsync@openssh.com"
                                "\0\0\0\xF"
                                "space-available";
    cl_buf wire = CL_BUF(&cl_alloc_default);
    for (unsigned v = 5; v <= 6; v++) {
        cl_sftp_hello out;
        cl_buf_reset(&wire);
        cl_put_u8(&wire, CL_SFTP_version);
        cl_put_u32(&wire, v);
        cl_put_cstring(&wire, v == 5 ? "supported" : "supported2");
        size_t mark = cl_put_begin(&wire);
        cl_buf_add(&wire, head, sizeof head - 1);
        if (v == 6)
            cl_buf_add(&wire, "\0\0\0\0\0\0\0\1\0\0\0\1x\0\0\0\3", 17);
        cl_buf_add(&wire, names, sizeof names - 1);
        cl_put_end(&wire, mark);
        CU_ASSERT_EQUAL(read_hello(cl_buf_slice(&wire), &out), CLEAT_OK);
        CU_ASSERT_EQUAL(out.features, CL_SFTP_HAS_CHECK_FILE | CL_SFTP_HAS_SPACE_AVAILABLE);
        CU_ASSERT_FALSE(out.says_check_file);
        CU_ASSERT_EQUAL(out.supported.read_max, 0x8000);
    }
    cl_buf_free(&wire);
}

/* As Paramiko does. */
static void check_file_may_list_its_algorithms(void)
{
    cl_sftp_hello out;
    static const char wire[] = "\2\0\0\0\3"
                               "\0\0\0\xA"
                               "check-file"
                               "\0\0\0\x8"
                               "md5,sha1";
    CU_ASSERT_EQUAL(read_hello(cl_slice(wire, sizeof wire - 1), &out), CLEAT_OK);
    CU_ASSERT_EQUAL(out.features, CL_SFTP_HAS_CHECK_FILE);
    CU_ASSERT_TRUE(out.says_check_file);
}

void suite_sftp_messages(void)
{
    CU_pSuite s = CU_add_suite("sftp_messages", NULL, NULL);
    for (size_t i = 0; i < CL_COUNT(tests); i++)
        CU_add_test(s, tests[i].name, tests[i].test);
    CU_add_test(s, "attributes_keep_what_the_version_knows",
                attributes_keep_what_the_version_knows);
    CU_add_test(s, "times_of_version_3_are_32_bits", times_of_version_3_are_32_bits);
    CU_add_test(s, "hostile_attributes_are_refused", hostile_attributes_are_refused);
    CU_add_test(s, "opening_says_the_same_both_ways", opening_says_the_same_both_ways);
    CU_add_test(s, "codes_are_of_the_version", codes_are_of_the_version);
    CU_add_test(s, "a_status_may_lack_its_text", a_status_may_lack_its_text);
    CU_add_test(s, "names_come_as_they_went", names_come_as_they_went);
    CU_add_test(s, "versions_announce_what_they_can", versions_announce_what_they_can);
    CU_add_test(s, "extensions_count_with_their_version_alone",
                extensions_count_with_their_version_alone);
    CU_add_test(s, "the_drafts_extensions_may_be_listed_by_name",
                the_drafts_extensions_may_be_listed_by_name);
    CU_add_test(s, "check_file_may_list_its_algorithms", check_file_may_list_its_algorithms);
}
