/* Putting together what a security key has signed. */
#include "sign_sk.h"

#include "../alg/hash.h"
#include "../base/base64.h"
#include "../base/slice.h"
#include "../wire/writer.h"

/* Of the authenticator's flags (W3C Web Authentication §6.1). */
enum {
    FLAG_USER_PRESENT = 0x01,
    FLAG_USER_VERIFIED = 0x04,
    FLAG_ATTESTED_DATA = 0x40, /* of enrolment, never of a signature */
    FLAG_EXTENSIONS = 0x80,
};

typedef struct sk_fields {
    uint8_t flags;
    uint32_t counter;
} sk_fields;

static sk_fields read_fields(cl_reader *r)
{
    sk_fields f = {.flags = cl_get_u8(r)};
    f.counter = cl_get_u32(r);
    return f;
}

bool cl_sk_read_attestation(cl_reader *behind, cleat_attestation *out)
{
    sk_fields f = read_fields(behind);
    *out = (cleat_attestation){
        .user_present = f.flags & FLAG_USER_PRESENT,
        .user_verified = f.flags & FLAG_USER_VERIFIED,
        .counter = f.counter,
    };
    return behind->fault == CLEAT_OK;
}

static void put_hash(const cleat_key *key, cleat_slice data, cl_buf *out)
{
    uint8_t digest[CL_HASH_MAX];
    cleat_status st = cl_hash_once(key->env->hashes, CL_SHA256, &data, 1, digest);
    if (st == CLEAT_OK)
        cl_buf_add(out, digest, cl_hash_len(CL_SHA256));
    else if (out->status == CLEAT_OK)
        out->status = st;
}

/* data: the message, or what a browser has made of it. */
static cleat_status put_signed(const cleat_key *key, sk_fields f, cleat_slice extensions,
                               cleat_slice data, cl_buf *out)
{
    put_hash(key, cl_buf_slice(&key->sk.application), out);
    cl_put_u8(out, f.flags);
    cl_put_u32(out, f.counter);
    cl_buf_add_slice(out, extensions);
    put_hash(key, data, out);
    return out->status;
}

cleat_status cl_sk_device_message(const cleat_key *key, cleat_slice message, cl_reader *behind,
                                  cl_buf *out)
{
    sk_fields f = read_fields(behind);
    if (behind->fault != CLEAT_OK)
        return CLEAT_E_SIGNATURE;
    return put_signed(key, f, CL_SLICE_EMPTY, message, out);
}

/* ---- browsers ---- */

/* RFC 4648 §5, without padding. */
static void put_base64url(cl_buf *out, cleat_slice data)
{
    size_t start = out->len;
    cl_base64_encode(out, data, false);
    for (size_t i = start; i < out->len; i++) {
        if (out->data[i] == '+')
            out->data[i] = '-';
        else if (out->data[i] == '/')
            out->data[i] = '_';
    }
}

/* How what a browser signs begins (Web Authentication §5.8.1.1 fixes the order): a signature for
 * another purpose, message or page begins in another way. */
static bool client_data_is_for(const cleat_key *key, cleat_slice client_data, cleat_slice message,
                               cleat_slice origin, bool *right)
{
    cl_buf start = CL_BUF(key->env->mem);
    cl_buf_add_text(&start, "{\"type\":\"webauthn.get\",\"challenge\":\"");
    put_base64url(&start, message);
    cl_buf_add_text(&start, "\",\"origin\":\"");
    cl_buf_add_slice(&start, origin);
    cl_buf_add_text(&start, "\"");
    bool made = start.status == CLEAT_OK;
    *right =
        made && cleat_slice_equal(cl_slice_cut(client_data, 0, start.len), cl_buf_slice(&start));
    cl_buf_free(&start);
    return made;
}

cleat_status cl_sk_webauthn_message(const cleat_key *key, cleat_slice message, cl_reader *behind,
                                    cl_buf *out)
{
    sk_fields f = read_fields(behind);
    cleat_slice origin = cl_get_text(behind);
    cleat_slice client_data = cl_get_string(behind);
    cleat_slice extensions = cl_get_string(behind);
    bool announced = f.flags & FLAG_EXTENSIONS;
    if (behind->fault != CLEAT_OK || (f.flags & FLAG_ATTESTED_DATA) ||
        announced != (extensions.len != 0) || (origin.len && memchr(origin.data, '"', origin.len)))
        return CLEAT_E_SIGNATURE;
    bool right;
    if (!client_data_is_for(key, client_data, message, origin, &right))
        return CLEAT_E_NOMEM;
    return right ? put_signed(key, f, extensions, client_data, out) : CLEAT_E_SIGNATURE;
}
