/* SFTP's client while memory gives out: requests that are under way can be abandoned all the same,
 * and what their caller then frees is not touched any more. */
#include <CUnit/CUnit.h>
#include <cleat/ctx.h>
#include <cleat/sftp_client.h>
#include <stdlib.h>
#include <string.h>

enum { WRITES = 3, LEN = 1000, PACKET = 4 + 1 + 4 + 4 + 1 + 8 + 4 + LEN, PART = PACKET + 100 };

static unsigned long count, fail_from, fail_to; /* uses of memory, and which of them fail */
static long live;

static void *failing_resize(void *user, void *old, size_t size)
{
    (void)user;
    ++count;
    if (count >= fail_from && count < fail_to)
        return NULL;
    void *block = realloc(old, size);
    live += block && !old;
    return block;
}

static void counted_release(void *user, void *block)
{
    (void)user;
    live -= block != NULL;
    free(block);
}

static const cleat_allocator allocator = {sizeof allocator, NULL, failing_resize, counted_release};
static const cleat_sftp_file handle = {.len = 1, .bytes = "h"};

static void arm(unsigned long from, unsigned long to)
{
    count = 0;
    fail_from = from;
    fail_to = to;
}

static cleat_status start(cleat_sftp **s, cleat_ctx *ctx)
{
    static const uint8_t version[] = {0, 0, 0, 5, 2, 0, 0, 0, 3};
    const cleat_sftp_answer *answer;
    cleat_slice bytes = {version, sizeof version};
    cleat_status st = cleat_sftp_new(s, ctx, NULL);
    if (st != CLEAT_OK)
        return st;
    cleat_sftp_send_done(*s, cleat_sftp_pending(*s));
    return cleat_sftp_recv(*s, &bytes, &answer);
}

/* At most `most` bytes of what is to be sent, as a network takes them. */
static size_t take(cleat_sftp *s, uint8_t *out, size_t most)
{
    size_t n, taken = 0;
    for (;;) {
        const cleat_slice *pieces = cleat_sftp_send_peek(s, &n);
        if (!n || taken == most)
            return taken;
        size_t len = pieces[0].len < most - taken ? pieces[0].len : most - taken;
        memcpy(out + taken, pieces[0].data, len);
        cleat_sftp_send_done(s, len);
        taken += len;
    }
}

static cleat_status write_from(cleat_sftp *s, uint8_t *const *data, unsigned *made, int *tag)
{
    cleat_status st = CLEAT_OK;
    for (*made = 0; *made < WRITES && st == CLEAT_OK; *made += st == CLEAT_OK)
        st = cleat_sftp_write(s, &handle, (uint64_t)*made * LEN, data[*made], LEN, tag);
    return st;
}

static void check_sent(const uint8_t *sent, size_t len, unsigned made)
{
    CU_ASSERT_EQUAL(len, (size_t)made * PACKET);
    for (unsigned i = 0; i < made; i++) {
        for (size_t at = 0; at < LEN; at++) {
            if (sent[(size_t)i * PACKET + PACKET - LEN + at] != (uint8_t)('a' + i))
                CU_FAIL("a byte of an abandoned write is another");
        }
    }
}

/* All requests are made, one and a half are sent, and the caller's memory goes. True: allocations
 * did not reach the n-th. */
static bool abandon_with_fault(unsigned long n, unsigned long last)
{
    static uint8_t sent[WRITES * PACKET];
    uint8_t *data[WRITES];
    unsigned made = 0;
    int tag;
    cleat_ctx *ctx = NULL;
    cleat_sftp *s = NULL;
    const cleat_ctx_options options = {.struct_size = sizeof options, .allocator = &allocator};
    arm(0, 0);
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&ctx, &options), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(start(&s, ctx), CLEAT_OK);
    for (unsigned i = 0; i < WRITES; i++) {
        data[i] = malloc(LEN);
        CU_ASSERT_PTR_NOT_NULL_FATAL(data[i]);
        memset(data[i], 'a' + (int)i, LEN);
    }
    arm(n, last);
    cleat_status st = write_from(s, data, &made, &tag);
    bool untouched = count < n;
    CU_ASSERT(st == CLEAT_OK ? untouched : st == CLEAT_E_NOMEM && !untouched);
    size_t len = take(s, sent, PART);
    arm(1, 1000);
    cleat_sftp_abandon(s, &tag);
    cleat_sftp_abandon(s, &tag);
    CU_ASSERT_EQUAL(count, 0);
    for (unsigned i = 0; i < WRITES; i++) {
        memset(data[i], '#', LEN);
        free(data[i]);
    }
    len += take(s, sent + len, sizeof sent - len);
    check_sent(sent, len, made);
    cleat_sftp_free(s);
    cleat_ctx_unref(ctx);
    CU_ASSERT_EQUAL(live, 0);
    return untouched;
}

static void requests_are_abandoned_without_memory(void)
{
    unsigned long n = 1;
    while (!abandon_with_fault(n, n + 1))
        n++;
    CU_ASSERT(n > WRITES);
    for (n = 1; !abandon_with_fault(n, 1000); n++)
        ;
}

void suite_sftp_abandon(void)
{
    CU_pSuite s = CU_add_suite("sftp_abandon", NULL, NULL);
    CU_add_test(s, "requests are abandoned without memory", requests_are_abandoned_without_memory);
}
