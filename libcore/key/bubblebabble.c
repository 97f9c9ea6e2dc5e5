/* Bubblebabble (A. Huima, 2000): two bytes make a word of vowels and consonants in turn, and a
 * running checksum shifts the vowels, so that a word that was misheard shows in those after it. */
#include "bubblebabble.h"

#include "../alg/hash.h"

#include <assert.h>

static const char vowels[] = "aeiouy";
static const char consonants[] = "bcdfghklmnprstvzx";

enum { VOWELS = sizeof vowels - 1, FILLER = sizeof consonants - 2, SUMS = VOWELS * VOWELS };

static void put_consonant(cl_buf *out, unsigned i)
{
    cl_buf_add_byte(out, (uint8_t)consonants[i]);
}

/* The three letters that stand for a byte with the checksum. */
static void put_syllable(cl_buf *out, unsigned byte, unsigned sum)
{
    cl_buf_add_byte(out, (uint8_t)vowels[((byte >> 6) + sum) % VOWELS]);
    put_consonant(out, (byte >> 2) & 15);
    cl_buf_add_byte(out, (uint8_t)vowels[((byte & 3) + sum / VOWELS) % VOWELS]);
}

/* Nothing is left but the checksum. */
static void put_sum(cl_buf *out, unsigned sum)
{
    cl_buf_add_byte(out, (uint8_t)vowels[sum % VOWELS]);
    put_consonant(out, FILLER);
    cl_buf_add_byte(out, (uint8_t)vowels[sum / VOWELS]);
}

void cl_bubblebabble(cl_buf *out, cleat_slice bytes)
{
    unsigned sum = 1;
    assert(bytes.len % 2 == 0);
    put_consonant(out, FILLER);
    for (size_t i = 0; i < bytes.len; i += 2) {
        unsigned second = bytes.data[i + 1];
        put_syllable(out, bytes.data[i], sum);
        put_consonant(out, second >> 4);
        cl_buf_add_byte(out, '-');
        put_consonant(out, second & 15);
        sum = (sum * 5 + bytes.data[i] * 7U + second) % SUMS;
    }
    put_sum(out, sum);
    put_consonant(out, FILLER);
}

cleat_status cleat_key_bubblebabble(const cleat_key *key, char out[CLEAT_BUBBLEBABBLE_MAX])
{
    uint8_t digest[CL_HASH_MAX];
    cleat_slice blob = cleat_key_blob(key);
    out[0] = 0;
    cleat_status st = cl_hash_once(key->env->hashes, CL_SHA1, &blob, 1, digest);
    if (st != CLEAT_OK)
        return st;
    cl_buf text = CL_BUF(key->env->mem);
    text.max = CLEAT_BUBBLEBABBLE_MAX;
    cl_bubblebabble(&text, cl_slice(digest, cl_hash_len(CL_SHA1)));
    cl_buf_add_byte(&text, 0);
    st = text.status;
    if (st == CLEAT_OK)
        memcpy(out, text.data, text.len);
    cl_buf_free(&text);
    return st;
}
