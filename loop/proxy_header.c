/* PROXY protocol, section 2: a line of text, or 16 bytes and what they announce. */
#include "proxy_header.h"

#include <string.h>

/* No header is shorter than "PROXY UNKNOWN" and its line end. */
enum { SHORTEST = 15, FIXED_LEN = 16, KEPT_MAX = FIXED_LEN + 36 };

static const uint8_t signature[12] = {'\r', '\n', '\r', '\n', 0,   '\r',
                                      '\n', 'Q',  'U',  'I',  'T', '\n'};

static bool is_binary(const proxy_header *h)
{
    return h->bytes[0] == signature[0];
}

static size_t announced(const proxy_header *h)
{
    return (size_t)h->bytes[14] * 256 + h->bytes[15];
}

static bool line_ended(const proxy_header *h)
{
    return h->len >= 2 && h->bytes[h->len - 2] == '\r' && h->bytes[h->len - 1] == '\n';
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t proxy_header_wants(const proxy_header *h)
{
    if (h->len < SHORTEST)
        return SHORTEST - h->len;
    if (!is_binary(h))
        return !line_ended(h);
    if (h->len < FIXED_LEN)
        return FIXED_LEN - h->len;
    size_t kept = smaller(FIXED_LEN + announced(h), KEPT_MAX);
    return h->len < kept ? kept - h->len : announced(h) + FIXED_LEN - h->len - h->passed_over;
}

/* A load balancer that listens for both families shows IPv4 clients as ::ffff:a.b.c.d. As where a
 * socket shows them so, rules about a.b.c.d are meant for them. */
static bool name(char *text, size_t size, int family, const uint8_t *address)
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    bool is_mapped = family == AF_INET6 && memcmp(address, mapped, sizeof mapped) == 0;
    return is_mapped ? uv_inet_ntop(AF_INET, address + sizeof mapped, text, size) == 0
                     : uv_inet_ntop(family, address, text, size) == 0;
}

/* ---- version 2 ---- */

static uint16_t port_at(const uint8_t *at)
{
    return (uint16_t)(at[0] * 256 + at[1]);
}

static cleat_status read_ends(proxy_header *h, int family, size_t address_len)
{
    const uint8_t *at = h->bytes + FIXED_LEN;
    cleat_stream_ends *e = &h->ends;
    if (announced(h) < 2 * address_len + 4 || !name(e->peer, sizeof e->peer, family, at) ||
        !name(e->local, sizeof e->local, family, at + address_len))
        return CLEAT_E_PROTO;
    e->peer_port = port_at(at + 2 * address_len);
    e->local_port = port_at(at + 2 * address_len + 2);
    h->ends_told = true;
    return CLEAT_OK;
}

/* Families other than those of TCP tell nothing that has an address. */
static cleat_status read_binary(proxy_header *h)
{
    enum { LOCAL = 0x20, PROXY = 0x21, TCP4 = 0x11, TCP6 = 0x21 };
    uint8_t command = h->bytes[12];
    uint8_t family = h->bytes[13];
    if (command == LOCAL)
        return CLEAT_OK;
    if (command != PROXY)
        return CLEAT_E_PROTO;
    if (family == TCP4)
        return read_ends(h, AF_INET, 4);
    return family == TCP6 ? read_ends(h, AF_INET6, 16) : CLEAT_OK;
}

/* ---- version 1 ---- */

/* The next word. They are apart by one space each, and none follows the last. */
static bool next_word(char **line, char *word, size_t size)
{
    size_t len = strcspn(*line, " ");
    if (len == 0 || len >= size)
        return false;
    memcpy(word, *line, len);
    word[len] = '\0';
    *line += len + ((*line)[len] == ' ' && (*line)[len + 1]);
    return true;
}

static bool next_address(char **line, int family, char *out, size_t size)
{
    char word[64];
    uint8_t address[16];
    return next_word(line, word, sizeof word) && uv_inet_pton(family, word, address) == 0 &&
           name(out, size, family, address);
}

static bool next_port(char **line, uint16_t *out)
{
    char word[6];
    unsigned value = 0;
    if (!next_word(line, word, sizeof word) || (word[0] == '0' && word[1]))
        return false;
    for (const char *p = word; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        value = value * 10 + (unsigned)(*p - '0');
    }
    *out = (uint16_t)value;
    return value <= 65535;
}

static cleat_status read_line(proxy_header *h)
{
    char text[PROXY_HEADER_MAX];
    char word[8];
    char *line = text;
    cleat_stream_ends *e = &h->ends;
    memcpy(text, h->bytes, h->len - 2);
    text[h->len - 2] = '\0';
    if (strlen(text) != h->len - 2 || !next_word(&line, word, sizeof word) ||
        !next_word(&line, word, sizeof word))
        return CLEAT_E_PROTO;
    if (strcmp(word, "UNKNOWN") == 0)
        return CLEAT_OK;
    int family = strcmp(word, "TCP4") == 0 ? AF_INET : AF_INET6;
    if (family == AF_INET6 && strcmp(word, "TCP6") != 0)
        return CLEAT_E_PROTO;
    h->ends_told = next_address(&line, family, e->peer, sizeof e->peer) &&
                   next_address(&line, family, e->local, sizeof e->local) &&
                   next_port(&line, &e->peer_port) && next_port(&line, &e->local_port) && !*line;
    return h->ends_told ? CLEAT_OK : CLEAT_E_PROTO;
}

/* ---- both ---- */

static bool begins_well(const proxy_header *h)
{
    static const char text[] = "PROXY ";
    return is_binary(h) ? memcmp(h->bytes, signature, smaller(h->len, sizeof signature)) == 0
                        : memcmp(h->bytes, text, smaller(h->len, sizeof text - 1)) == 0;
}

cleat_status proxy_header_take(proxy_header *h, cleat_slice bytes)
{
    bool kept = h->len < KEPT_MAX || !is_binary(h);
    if (kept) {
        memcpy(h->bytes + h->len, bytes.data, bytes.len);
        h->len += bytes.len;
    } else {
        h->passed_over += bytes.len;
    }
    if (!begins_well(h))
        return CLEAT_E_PROTO;
    if (proxy_header_wants(h) == 0)
        return is_binary(h) ? read_binary(h) : read_line(h);
    return is_binary(h) || h->len < PROXY_HEADER_MAX ? CLEAT_PENDING : CLEAT_E_PROTO;
}
