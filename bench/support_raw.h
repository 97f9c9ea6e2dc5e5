/* OpenSSL alone: what protecting the same bytes costs without any protocol around it. */
#ifndef CLEAT_BENCH_RAW_H
#define CLEAT_BENCH_RAW_H

#include <stddef.h>
#include <stdint.h>

typedef struct bench_raw bench_raw;

/* mac: a digest's name for HMAC; NULL: none beside the cipher. */
bench_raw *bench_raw_new(const char *cipher, const char *mac);

/* Encrypts len bytes into memory of its own, with a tag where there is one, and decrypts them. */
void bench_raw_run(bench_raw *r, const uint8_t *data, size_t len);

void bench_raw_free(bench_raw *r);

#endif
