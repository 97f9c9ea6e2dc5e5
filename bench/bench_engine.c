/* The engine's speed in memory: bytes sealed and opened beside OpenSSL's alone on the same bytes,
 * by the packet layer and by whole connections; and key exchanges a second. One thread; processor
 * time, so that other work on the machine counts for little. Prints lines for bench/run: what <tab>
 * unit <tab> ours,... <tab> OpenSSL's,... (or nothing).
 *
 *     bench_engine [quick] */
#include "support_pair.h"
#include "support_raw.h"

#include "alg/alg.h"
#include "alg/ctx.h"
#include "base/slice.h"
#include "transport/packet_rx.h"
#include "transport/packet_tx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORD = 32 << 10, REPEATS_MAX = 9, FRAME = 64 };

static int repeats = 7;
static size_t bulk = (size_t)64 << 20;
static double kex_seconds = 0.25;

typedef struct protection {
    const char *cipher, *mac;         /* SSH's names; mac NULL: an AEAD cipher */
    const char *raw_cipher, *raw_mac; /* OpenSSL's */
} protection;

static const protection protections[] = {
    {"aes128-gcm@openssh.com", NULL, "AES-128-GCM", NULL},
    {"aes256-gcm@openssh.com", NULL, "AES-256-GCM", NULL},
    {"chacha20-poly1305@openssh.com", NULL, "ChaCha20-Poly1305", NULL},
    {"aes128-ctr", "hmac-sha2-256-etm@openssh.com", "AES-128-CTR", "SHA2-256"},
    /* OpenSSL has no UMAC: here the other side is the cipher alone */
    {"aes128-ctr", "umac-64-etm@openssh.com", "AES-128-CTR", NULL},
};

static const char *const exchanges[] = {
    "mlkem768x25519-sha256", "sntrup761x25519-sha512",        "curve25519-sha256",
    "ecdh-sha2-nistp256",    "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512",
};

static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static double speed(double start)
{
    return (double)bulk / (1 << 20) / (seconds() - start);
}

/* ---- one measurement each ---- */

static double raw_speed(bench_raw *r, const uint8_t *data)
{
    double start = seconds();
    for (size_t done = 0; done < bulk; done += RECORD)
        bench_raw_run(r, data, RECORD);
    return speed(start);
}

static double connection_speed(bench_pair *p, const uint8_t *data)
{
    double start = seconds();
    for (size_t done = 0; done < bulk; done += RECORD)
        bench_pair_push(p, data, RECORD);
    return speed(start);
}

typedef struct packets {
    cl_tx tx;
    cl_rx rx;
    cleat_error error;
} packets;

static void packets_init(packets *k, const cl_env *env, const protection *how)
{
    static const uint8_t key[64] = {3};
    const cl_cipher_alg *cipher = cl_cipher_find(cleat_slice_of(how->cipher));
    const cl_mac_alg *mac = how->mac ? cl_mac_find(cleat_slice_of(how->mac)) : NULL;
    cl_seal *seal = NULL;
    cl_open *open = NULL;
    const cleat_slice k1 = cl_slice(key, cipher->key_len);
    const cleat_slice iv = cl_slice(key, cipher->iv_len);
    const cleat_slice k2 = cl_slice(key, mac ? mac->key_len : 0);
    bool good = cl_tx_init(&k->tx, env, &k->error) == CLEAT_OK &&
                cl_rx_init(&k->rx, env, &k->error, 256 << 10) == CLEAT_OK &&
                cipher->seal_new(cipher, mac, env, k1, iv, k2, &seal) == CLEAT_OK &&
                cipher->open_new(cipher, mac, env, k1, iv, k2, &open) == CLEAT_OK;
    bench_must(good, how->cipher);
    cl_tx_set_keys(&k->tx, seal, true);
    cl_rx_set_keys(&k->rx, open, true);
}

static void carry(packets *k)
{
    size_t count;
    const cleat_slice *out;
    while ((out = cl_tx_peek(&k->tx, &count)) != NULL) {
        size_t room;
        uint8_t *at = cl_rx_space(&k->rx, &room);
        size_t n = out[0].len < room ? out[0].len : room;
        bench_must(n > 0, "receiving");
        memcpy(at, out[0].data, n);
        cl_tx_sent(&k->tx, n);
        bench_must(cl_rx_done(&k->rx, n) == CLEAT_OK, "receiving");
        cleat_slice payload;
        uint32_t seq;
        while (cl_rx_next(&k->rx, &payload, &seq) == CLEAT_OK)
            continue;
    }
}

static double packet_speed(packets *k, const uint8_t *data)
{
    const cleat_slice whole = cl_slice(data, RECORD);
    uint64_t goal = k->rx.packets + bulk / RECORD;
    double start = seconds();
    for (size_t done = 0; done < bulk; done += RECORD) {
        bench_must(cl_tx_send(&k->tx, &whole, 1) == CLEAT_OK, "sealing");
        carry(k);
    }
    bench_must(k->rx.packets == goal, "opening");
    return speed(start);
}

static double exchange_speed(bench_pair *p, const char *kex)
{
    const bench_algorithms use = {.kex = kex};
    unsigned n = 0;
    double spent;
    double start = seconds();
    do {
        bench_pair_meet(p, &use);
        bench_pair_part(p);
        n++;
        spent = seconds() - start;
    } while (spent < kex_seconds);
    return n / spent;
}

/* ---- rows ---- */

static void show(const char *what, const char *detail, const char *unit, const double *ours,
                 const double *theirs)
{
    printf("%s, %.*s\t%s\t", what, (int)strcspn(detail, "@"), detail, unit);
    for (int i = 0; i < repeats; i++)
        printf("%s%.2f", i ? "," : "", ours[i]);
    printf("\t");
    for (int i = 0; theirs && i < repeats; i++)
        printf("%s%.2f", i ? "," : "", theirs[i]);
    printf("\n");
    fflush(stdout);
}

/* The three ways take turns, so that a change of the machine's pace meets all of them. */
static void compare(bench_pair *p, const protection *how, const uint8_t *data)
{
    const bench_algorithms use = {.cipher = how->cipher, .mac = how->mac};
    double raw[REPEATS_MAX] = {0}, by_packets[REPEATS_MAX] = {0}, by_connections[REPEATS_MAX] = {0};
    char detail[FRAME];
    packets k = {0};
    bench_raw *r = bench_raw_new(how->raw_cipher, how->raw_mac);
    packets_init(&k, cl_ctx_env(p->ctx), how);
    bench_pair_meet(p, &use);
    bench_pair_open(p);
    for (int i = 0; i < repeats; i++) {
        raw[i] = raw_speed(r, data);
        by_packets[i] = packet_speed(&k, data);
        by_connections[i] = connection_speed(p, data);
    }
    snprintf(detail, sizeof detail, "%.*s%s%s", (int)strcspn(how->cipher, "@"), how->cipher,
             how->mac ? "+" : "", how->mac ? how->mac : "");
    show("packets in memory", detail, "MiB/s", by_packets, raw);
    show("connections in memory", detail, "MiB/s", by_connections, raw);
    bench_pair_part(p);
    cl_tx_free(&k.tx);
    cl_rx_free(&k.rx);
    bench_raw_free(r);
}

static void count_exchanges(bench_pair *p, const char *kex)
{
    double rate[REPEATS_MAX] = {0};
    for (int i = 0; i < repeats; i++)
        rate[i] = exchange_speed(p, kex);
    show("key exchanges in memory", kex, "/s", rate, NULL);
}

int main(int argc, char **argv)
{
    static uint8_t data[RECORD];
    bench_pair p;
    if (argc > 1 && strcmp(argv[1], "quick") == 0) {
        repeats = 3;
        bulk /= 2;
        kex_seconds /= 4;
    }
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
    bench_pair_init(&p);
    for (size_t i = 0; i < sizeof protections / sizeof *protections; i++)
        compare(&p, &protections[i], data);
    for (size_t i = 0; i < sizeof exchanges / sizeof *exchanges; i++)
        count_exchanges(&p, exchanges[i]);
    bench_pair_free(&p);
    return 0;
}
