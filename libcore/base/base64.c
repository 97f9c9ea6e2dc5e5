/* Base64 and hexadecimal text. Private keys pass through here, so digits are computed with masks:
 * no table is indexed by a secret and no branch depends on one. */
#include "base64.h"

#include <openssl/evp.h>
#include <string.h>

enum { DIGEST = 20, DIGEST_TEXT = 28 };

/* All ones when lo <= c <= hi, else 0. */
static uint32_t in_range(uint32_t c, uint32_t lo, uint32_t hi)
{
    return (((c - lo) | (hi - c)) >> 31) - 1;
}

static uint8_t digit_of(uint32_t v)
{
    uint32_t c = 0;
    c |= in_range(v, 0, 25) & (v + 'A');
    c |= in_range(v, 26, 51) & (v - 26 + 'a');
    c |= in_range(v, 52, 61) & (v - 52 + '0');
    c |= in_range(v, 62, 62) & '+';
    c |= in_range(v, 63, 63) & '/';
    return (uint8_t)c;
}

/* 0..63, or a number above 63 for a character that is not a digit. */
static uint32_t value_of(uint32_t c)
{
    uint32_t v = 0;
    v |= in_range(c, 'A', 'Z') & (c - 'A' + 1);
    v |= in_range(c, 'a', 'z') & (c - 'a' + 27);
    v |= in_range(c, '0', '9') & (c - '0' + 53);
    v |= in_range(c, '+', '+') & 63;
    v |= in_range(c, '/', '/') & 64;
    return v - 1;
}

void cl_base64_encode(cl_buf *out, cleat_slice data, bool pad)
{
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < data.len; i++) {
        bits = bits << 8 | data.data[i];
        for (held += 8; held >= 6; held -= 6)
            cl_buf_add_byte(out, digit_of(bits >> (held - 6) & 63));
    }
    if (held)
        cl_buf_add_byte(out, digit_of(bits << (6 - held) & 63));
    for (size_t i = data.len; pad && i % 3; i++)
        cl_buf_add_byte(out, '=');
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Only '=' and blanks may follow the last digit. */
static bool only_padding(cleat_slice rest)
{
    size_t pads = 0;
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.data[i] == '=')
            pads++;
        else if (!is_blank(rest.data[i]))
            return false;
    }
    return pads <= 2;
}

cleat_status cl_base64_decode(cl_buf *out, cleat_slice text)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t i = 0;
    for (; i < text.len && text.data[i] != '='; i++) {
        if (is_blank(text.data[i]))
            continue;
        uint32_t v = value_of(text.data[i]);
        if (v > 63)
            return CLEAT_E_FORMAT;
        bits = bits << 6 | v;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        cl_buf_add_byte(out, (uint8_t)(bits >> held));
    }
    cleat_slice rest = {text.data + i, text.len - i};
    if (held == 6 || (bits & ((1u << held) - 1)) || !only_padding(rest))
        return CLEAT_E_FORMAT;
    return out->status;
}

/* OpenSSL's decoder looks digits up in a table: many times as fast, and only for what is public. It
 * takes padding for zeros. */
bool cl_base64_decode_digest(uint8_t out[20], cleat_slice text)
{
    uint8_t bytes[DIGEST + 1];
    if (text.len != DIGEST_TEXT || text.data[DIGEST_TEXT - 1] != '=' ||
        memchr(text.data, '=', DIGEST_TEXT - 1) ||
        EVP_DecodeBlock(bytes, text.data, DIGEST_TEXT) != DIGEST + 1 || bytes[DIGEST])
        return false;
    memcpy(out, bytes, DIGEST);
    return true;
}

void cl_hex_encode(cl_buf *out, cleat_slice data)
{
    for (size_t i = 0; i < data.len; i++)
        cl_buf_printf(out, "%02x", data.data[i]);
}

static uint32_t hex_value(uint32_t c)
{
    uint32_t v = 0;
    v |= in_range(c, '0', '9') & (c - '0' + 1);
    v |= in_range(c, 'a', 'f') & (c - 'a' + 11);
    v |= in_range(c, 'A', 'F') & (c - 'A' + 11);
    return v - 1;
}

cleat_status cl_hex_decode(cl_buf *out, cleat_slice text)
{
    if (text.len % 2)
        return CLEAT_E_FORMAT;
    for (size_t i = 0; i < text.len; i += 2) {
        uint32_t high = hex_value(text.data[i]);
        uint32_t low = hex_value(text.data[i + 1]);
        if (high > 15 || low > 15)
            return CLEAT_E_FORMAT;
        cl_buf_add_byte(out, (uint8_t)(high << 4 | low));
    }
    return out->status;
}
