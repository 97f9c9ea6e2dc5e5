/* Signatures made and verified a second, through the public calls: allocation, encoding and strict
 * parsing included. One thread, processor time. Prints two numbers for bench/keys.py, which puts
 * `openssl speed` beside them.
 *
 *     bench_keys FAMILY BITS SECONDS */
#include <cleat/key.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 8 };

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench_keys: %s failed\n", what);
    exit(1);
}

static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

typedef struct subject {
    cleat_key *key;
    const char *algorithm;
    cleat_slice message;
    cleat_bytes signature;
} subject;

static void sign_once(subject *s)
{
    cleat_bytes signature;
    must(cleat_key_sign(s->key, s->algorithm, s->message, &signature, NULL) == CLEAT_OK, "signing");
    cleat_bytes_free(&signature);
}

static void verify_once(subject *s)
{
    const cleat_slice signature = {s->signature.data, s->signature.len};
    must(cleat_key_verify(s->key, s->algorithm, s->message, signature, NULL) == CLEAT_OK,
         "verifying");
}

static double rate(subject *s, void (*once)(subject *), double time)
{
    size_t count = 0;
    double start = seconds();
    double spent = 0;
    for (; spent < time; spent = seconds() - start) {
        for (size_t i = 0; i < BATCH; i++)
            once(s);
        count += BATCH;
    }
    return (double)count / spent;
}

int main(int argc, char **argv)
{
    static const uint8_t text[64] = {1, 2, 3};
    cleat_ctx *ctx = NULL;
    subject s = {.message = {text, sizeof text}};
    must(argc == 4 && cleat_ctx_new(&ctx, NULL) == CLEAT_OK, "starting");
    unsigned bits = (unsigned)strtoul(argv[2], NULL, 10);
    double time = strtod(argv[3], NULL);
    must(cleat_key_generate(&s.key, ctx, argv[1], bits, NULL, NULL) == CLEAT_OK, "making a key");
    s.algorithm = cleat_key_algorithm(s.key, 0);
    must(cleat_key_sign(s.key, s.algorithm, s.message, &s.signature, NULL) == CLEAT_OK, "signing");
    double signs = rate(&s, sign_once, time);
    printf("%.1f %.1f\n", signs, rate(&s, verify_once, time));
    cleat_bytes_free(&s.signature);
    cleat_key_unref(s.key);
    cleat_ctx_unref(ctx);
    return 0;
}
