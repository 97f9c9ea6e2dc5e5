/* PROXY headers: what they tell, how much of a stream belongs to them, and what is none. */
#include "../../loop/proxy_header.h"

#include <CUnit/CUnit.h>
#include <string.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

/* As the reader does: never more than is wanted, and at most `piece` bytes at a time. *used: how
 * much was taken. */
static cleat_status feed(proxy_header *h, const void *bytes, size_t len, size_t piece, size_t *used)
{
    cleat_status st = CLEAT_PENDING;
    *h = (proxy_header){0};
    *used = 0;
    while (st == CLEAT_PENDING && *used < len) {
        size_t n = proxy_header_wants(h);
        CU_ASSERT_FATAL(n > 0);
        n = n < piece ? n : piece;
        n = n < len - *used ? n : len - *used;
        st = proxy_header_take(h, (cleat_slice){(const uint8_t *)bytes + *used, n});
        *used += n;
    }
    return st;
}

static const char after[] = "SSH-2.0-client\r\n";

typedef struct header {
    const char *bytes;
    size_t len;
    const char *peer, *local; /* NULL: nothing is told */
    uint16_t peer_port, local_port;
} header;

#define LINE(line_) (line_), sizeof(line_) - 1
#define BINARY(rest_) (SIGNATURE rest_), sizeof(SIGNATURE rest_) - 1

static void expect(const header *w, size_t piece)
{
    char bytes[1024];
    proxy_header h;
    size_t used;
    memcpy(bytes, w->bytes, w->len);
    memcpy(bytes + w->len, after, sizeof after);
    CU_ASSERT_EQUAL_FATAL(feed(&h, bytes, w->len + sizeof after, piece, &used), CLEAT_OK);
    CU_ASSERT_EQUAL(used, w->len);
    CU_ASSERT_EQUAL(proxy_header_wants(&h), 0);
    CU_ASSERT_EQUAL_FATAL(h.ends_told, w->peer != NULL);
    if (!w->peer)
        return;
    CU_ASSERT_STRING_EQUAL(h.ends.peer, w->peer);
    CU_ASSERT_STRING_EQUAL(h.ends.local, w->local);
    CU_ASSERT_EQUAL(h.ends.peer_port, w->peer_port);
    CU_ASSERT_EQUAL(h.ends.local_port, w->local_port);
}

#define V6A "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define V6B "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"

#define MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff"

static const header good[] = {
    {LINE("PROXY TCP4 192.0.2.7 198.51.100.1 56324 22\r\n"), "192.0.2.7", "198.51.100.1", 56324,
     22},
    {LINE("PROXY TCP6 2001:db8:0::7 2001:db8::1 1 65535\r\n"), "2001:db8::7", "2001:db8::1", 1,
     65535},
    {LINE("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.1 1 22\r\n"), "192.0.2.7", "198.51.100.1",
     1, 22},
    {LINE("PROXY UNKNOWN\r\n"), NULL, NULL, 0, 0},
    {LINE("PROXY UNKNOWN ffff::1 whatever 1 2\r\n"), NULL, NULL, 0, 0},
    {BINARY("\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0\x16"), "192.0.2.7",
     "198.51.100.1", 56324, 22},
    {BINARY("\x21\x11\0\x13\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0\x16\x03\0\x04"
            "abcd"),
     "192.0.2.7", "198.51.100.1", 56324, 22},
    {BINARY("\x21\x21\0\x24" V6A V6B "\0\x01\0\x16"), "2001:db8::1", "2001:db8::2", 1, 22},
    {BINARY("\x21\x21\0\x2a" V6A V6B "\0\x01\0\x16\x04\0\x03xyz"), "2001:db8::1", "2001:db8::2", 1,
     22},
    {BINARY("\x21\x21\0\x24" MAPPED "\xc0\0\x02\x07" MAPPED "\xc6\x33\x64\x01\0\x01\0\x16"),
     "192.0.2.7", "198.51.100.1", 1, 22},
    {BINARY("\x20\0\0\0"), NULL, NULL, 0, 0},
    {BINARY("\x20\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0\x16"), NULL, NULL, 0, 0},
    {BINARY("\x21\0\0\0"), NULL, NULL, 0, 0},
    {BINARY("\x21\x12\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0\x16"), NULL, NULL, 0, 0},
};

static void test_good(void)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        expect(&good[i], 512);
        expect(&good[i], 1);
        expect(&good[i], 7);
    }
}

/* A part of a header is never the whole. */
static void test_beginnings(void)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        proxy_header h;
        size_t used;
        for (size_t len = 1; len < good[i].len; len++) {
            CU_ASSERT_EQUAL(feed(&h, good[i].bytes, len, 512, &used), CLEAT_PENDING);
            CU_ASSERT(proxy_header_wants(&h) <= good[i].len - len);
        }
    }
}

static void test_long_extension(void)
{
    static char bytes[16 + 65535 + sizeof after] = SIGNATURE "\x21\x11\xff\xff"
                                                             "\x7f\0\0\x01\x7f\0\0\x02\0\x01\0\x02";
    proxy_header h;
    size_t used;
    CU_ASSERT_EQUAL(feed(&h, bytes, sizeof bytes, 512, &used), CLEAT_OK);
    CU_ASSERT_EQUAL(used, 16 + 65535);
    CU_ASSERT_STRING_EQUAL(h.ends.local, "127.0.0.2");
}

static const struct {
    const char *bytes;
    size_t len;
} bad[] = {
    {LINE("SSH-2.0-OpenSSH_9.2\r\n")},
    {LINE("PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n")},
    {LINE("PROXY TCP4 192.0.2.7 198.51.100.1 56324 22 1\r\n")},
    {LINE("PROXY TCP4 192.0.2.7 198.51.100.1 56324 22 \r\n")},
    {LINE("PROXY TCP4 192.0.2.7  198.51.100.1 56324 22\r\n")},
    {LINE("PROXY TCP4 192.0.2.7 198.51.100.1 65536 22\r\n")},
    {LINE("PROXY TCP4 192.0.2.7 198.51.100.1 022 22\r\n")},
    {LINE("PROXY TCP4 192.0.2.7 198.51.100.1 -1 22\r\n")},
    {LINE("PROXY TCP4 192.0.2 198.51.100.1 1 22\r\n")},
    {LINE("PROXY TCP4 2001:db8::7 2001:db8::1 1 22\r\n")},
    {LINE("PROXY TCP6 192.0.2.7 198.51.100.1 1 22\r\n")},
    {LINE("PROXY TCP5 192.0.2.7 198.51.100.1 1 22\r\n")},
    {LINE("PROXY  TCP4 192.0.2.7 198.51.100.1 1 22\r\n")},
    {LINE("PROXY TCP4 192.0.2.7\0 198.51.100.1 1 22\r\n")},
    {LINE("proxy TCP4 192.0.2.7 198.51.100.1 1 22\r\n")},
    {LINE("PROXY UNKNOWN "
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
          "xxxxxxxxxxx"
          "\r\n")},
    {LINE("\r\n\r\n\0\r\nQUIX\n\x20\0\0\0")},
    {BINARY("\x11\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0\x16")},
    {BINARY("\x22\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0\x16")},
    {BINARY("\x21\x11\0\x0b\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0")},
    {BINARY("\x21\x21\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0\x16")},
};

static void test_bad(void)
{
    proxy_header h;
    size_t used;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CU_ASSERT_EQUAL(feed(&h, bad[i].bytes, bad[i].len, 512, &used), CLEAT_E_PROTO);
        CU_ASSERT_EQUAL(feed(&h, bad[i].bytes, bad[i].len, 1, &used), CLEAT_E_PROTO);
    }
}

void suite_proxy_header(void)
{
    CU_pSuite s = CU_add_suite("proxy_header", NULL, NULL);
    CU_ADD_TEST(s, test_good);
    CU_ADD_TEST(s, test_beginnings);
    CU_ADD_TEST(s, test_long_extension);
    CU_ADD_TEST(s, test_bad);
}
