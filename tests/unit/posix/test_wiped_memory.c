/* What is secret about a key is nowhere in the process's memory any more once the key is freed.
 * What is looked for is kept masked, so that the search does not find itself. */
#include "../../../libcore/alg/ctx.h"
#include "../../../libcore/base/slice.h"
#include "../../../libcore/key/key.h"
#include "../../../libcore/wire/reader.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MASK = 0xA5, LEN = 24, CHUNK = 1 << 20, TEXT_LEN = 32 };

typedef struct secret {
    uint8_t masked[LEN];
    uint8_t masked_backwards[LEN]; /* as big numbers lie in memory */
} secret;

static cleat_ctx *ctx;

/* Where the search itself keeps what it looks for; not searched. */
static struct {
    uint8_t chunk[CHUNK + LEN];
    uint8_t needle[LEN];
} own;

static int set_up(void)
{
    return cleat_ctx_new(&ctx, NULL) == CLEAT_OK ? 0 : 1;
}

static int tear_down(void)
{
    cleat_ctx_unref(ctx);
    return 0;
}

/* ---- searching ---- */

static secret masked(const uint8_t *bytes)
{
    secret s;
    for (size_t i = 0; i < LEN; i++) {
        s.masked[i] = bytes[i] ^ MASK;
        s.masked_backwards[LEN - 1 - i] = bytes[i] ^ MASK;
    }
    return s;
}

static size_t count_in(const uint8_t *bytes, size_t len, const uint8_t *masked_bytes)
{
    size_t count = 0;
    const uint8_t *end = bytes + len;
    for (size_t i = 0; i < LEN; i++)
        own.needle[i] = masked_bytes[i] ^ MASK;
    while ((bytes = memmem(bytes, (size_t)(end - bytes), own.needle, LEN)) != NULL) {
        bytes++;
        count++;
    }
    return count;
}

/* The chunks overlap; what is seen twice counts twice, which does not matter. */
static size_t count_in_range(int memory, unsigned long from, unsigned long to, const secret *s)
{
    size_t count = 0;
    for (unsigned long at = from; at < to; at += CHUNK) {
        size_t want = to - at < sizeof own.chunk ? to - at : sizeof own.chunk;
        ssize_t got = pread(memory, own.chunk, want, (off_t)at);
        if (got > 0)
            count += count_in(own.chunk, (size_t)got, s->masked) +
                     count_in(own.chunk, (size_t)got, s->masked_backwards);
    }
    return count;
}

static bool is_own(unsigned long from, unsigned long to)
{
    uintptr_t at = (uintptr_t)&own;
    return at >= from && at < to;
}

static size_t count_in_memory(const secret *s)
{
    char line[512];
    size_t count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    CU_ASSERT_FATAL(maps != NULL && memory >= 0);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from;
        unsigned long to;
        char access[8];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, access) == 3 && access[1] == 'w' &&
            !is_own(from, to) && to - from < (1UL << 30))
            count += count_in_range(memory, from, to, s);
    }
    close(memory);
    fclose(maps);
    memset(&own, 0, sizeof own);
    return count;
}

/* ---- secrets ---- */

/* Bytes of the private part: of the seed, the scalar, or a prime. */
static secret secret_of(const cleat_key *key)
{
    cl_buf fields = CL_BUF_SECRET(key->env->mem);
    CU_ASSERT_EQUAL_FATAL(cl_key_write_private_fields(key, &fields), CLEAT_OK);
    bool edwards = strncmp(cleat_key_label(key), "ED", 2) == 0;
    size_t before_end = edwards ? 2 * (cleat_key_bits(key) / 8) : LEN;
    secret s = masked(fields.data + fields.len - before_end);
    cl_buf_free(&fields);
    return s;
}

static void use(const cleat_key *key, const char *passphrase)
{
    const cleat_key_write_options options = {
        .struct_size = sizeof options, .passphrase = passphrase, .rounds = 1};
    cleat_bytes bytes;
    cleat_key *again = NULL;
    CU_ASSERT_EQUAL(
        cleat_key_sign(key, cleat_key_algorithm(key, 0), cleat_slice_of("message"), &bytes, NULL),
        CLEAT_OK);
    cleat_bytes_free(&bytes);
    CU_ASSERT_EQUAL(cleat_key_write(key, CLEAT_KEY_OPENSSH, &options, &bytes, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_key_read_private(&again, ctx, cl_slice(bytes.data, bytes.len), passphrase,
                                           NULL, NULL),
                    CLEAT_OK);
    cleat_bytes_free(&bytes);
    cleat_key_unref(again);
    CU_ASSERT_EQUAL(cleat_key_write(key, CLEAT_KEY_PKCS8, NULL, &bytes, NULL), CLEAT_OK);
    cleat_bytes_free(&bytes);
}

static void a_freed_key_leaves_nothing(void)
{
    static const struct {
        const char *family;
        unsigned bits;
    } kinds[] = {{"ed25519", 0}, {"ed448", 0}, {"ecdsa", 256}, {"ecdsa", 521}, {"rsa", 2048}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        cleat_key *key = NULL;
        CU_ASSERT_EQUAL_FATAL(
            cleat_key_generate(&key, ctx, kinds[i].family, kinds[i].bits, NULL, NULL), CLEAT_OK);
        secret s = secret_of(key);
        use(key, "passphrase");
        CU_ASSERT(count_in_memory(&s) > 0);
        cleat_key_unref(key);
        size_t left = count_in_memory(&s);
        if (left)
            printf("%s %u: %zu times\n", kinds[i].family, kinds[i].bits, left);
        CU_ASSERT_EQUAL(left, 0);
    }
}

static void a_passphrase_leaves_nothing(void)
{
    cleat_key *key = NULL;
    char *passphrase = malloc(TEXT_LEN + 1);
    CU_ASSERT_FATAL(passphrase != NULL);
    for (size_t i = 0; i < TEXT_LEN; i++)
        passphrase[i] = (char)('a' + (i * 7 + 3) % 26);
    passphrase[TEXT_LEN] = 0;
    secret s = masked((const uint8_t *)passphrase);
    CU_ASSERT_EQUAL_FATAL(cleat_key_generate(&key, ctx, "ed25519", 0, NULL, NULL), CLEAT_OK);
    use(key, passphrase);
    cleat_key_unref(key);
    CU_ASSERT(count_in_memory(&s) > 0);
    OPENSSL_cleanse(passphrase, TEXT_LEN);
    free(passphrase);
    CU_ASSERT_EQUAL(count_in_memory(&s), 0);
}

void suite_wiped_memory(void)
{
    CU_pSuite s = CU_add_suite("wiped_memory", set_up, tear_down);
    CU_add_test(s, "a freed key leaves nothing", a_freed_key_leaves_nothing);
    CU_add_test(s, "a passphrase leaves nothing", a_passphrase_leaves_nothing);
}
