/* The "drunken bishop": a walk over a board, steered by a fingerprint's bits, that counts how often
 * it came to each square. People notice a changed picture sooner than changed letters. */
#include "randomart.h"

#include "../alg/hash.h"
#include "../wire/writer.h"

enum { WIDTH = 17, HEIGHT = 9, TITLE_MAX = WIDTH };

static const char marks[] = " .o+=*BOX@%&#/^SE"; /* by visits; the last two are start and end */

enum { START = sizeof marks - 3, END = sizeof marks - 2, VISITS_MAX = START - 1 };

typedef struct board {
    uint8_t at[HEIGHT][WIDTH];
    int x, y;
} board;

static int within(int place, int size)
{
    return place < 0 ? 0 : place < size ? place : size - 1;
}

/* Two bits say which way: left or right, up or down. Walls stop a step. */
static void step(board *b, unsigned bits)
{
    b->x = within(b->x + ((bits & 1) ? 1 : -1), WIDTH);
    b->y = within(b->y + ((bits & 2) ? 1 : -1), HEIGHT);
    if (b->at[b->y][b->x] < VISITS_MAX)
        b->at[b->y][b->x]++;
}

static void walk(board *b, cleat_slice digest)
{
    *b = (board){.x = WIDTH / 2, .y = HEIGHT / 2};
    for (size_t i = 0; i < digest.len; i++) {
        for (unsigned shift = 0; shift < 8; shift += 2)
            step(b, digest.data[i] >> shift);
    }
    b->at[HEIGHT / 2][WIDTH / 2] = START;
    b->at[b->y][b->x] = END;
}

static void put_dashes(cl_buf *out, size_t count)
{
    while (count--)
        cl_put_u8(out, '-');
}

static void put_border(cl_buf *out, const char *title)
{
    size_t len = strlen(title);
    size_t before = (WIDTH - len) / 2;
    cl_put_u8(out, '+');
    put_dashes(out, before);
    cl_buf_add_text(out, title);
    put_dashes(out, WIDTH - len - before);
    cl_put_u8(out, '+');
}

static void put_board(cl_buf *out, const board *b)
{
    for (int y = 0; y < HEIGHT; y++) {
        cl_buf_add_text(out, "\n|");
        for (int x = 0; x < WIDTH; x++)
            cl_put_u8(out, (uint8_t)marks[b->at[y][x]]);
        cl_put_u8(out, '|');
    }
    cl_put_u8(out, '\n');
}

static void put_picture(cl_buf *out, const cleat_key *key, const board *b, const char *hash)
{
    char title[2 * TITLE_MAX];
    int len =
        snprintf(title, sizeof title, "[%.12s %u]", cleat_key_label(key), cleat_key_bits(key));
    if (len > TITLE_MAX)
        snprintf(title, sizeof title, "[%.12s]", cleat_key_label(key));
    put_border(out, title);
    put_board(out, b);
    put_border(out, hash);
}

cleat_status cl_randomart(const cleat_key *key, cleat_fingerprint_hash hash,
                          char out[CLEAT_RANDOMART_MAX])
{
    board b;
    uint8_t digest[CL_HASH_MAX];
    bool md5 = hash == CLEAT_FINGERPRINT_MD5;
    cl_hash_id id = md5 ? CL_MD5 : CL_SHA256;
    cleat_slice blob = cleat_key_blob(key);
    out[0] = 0;
    cleat_status st = cl_hash_once(key->env->hashes, id, &blob, 1, digest);
    if (st != CLEAT_OK)
        return st;
    cl_buf text = CL_BUF(key->env->mem);
    text.max = CLEAT_RANDOMART_MAX;
    walk(&b, cl_slice(digest, cl_hash_len(id)));
    put_picture(&text, key, &b, md5 ? "[MD5]" : "[SHA256]");
    cl_put_u8(&text, 0);
    st = text.status;
    if (st == CLEAT_OK)
        memcpy(out, text.data, text.len);
    cl_buf_free(&text);
    return st;
}
