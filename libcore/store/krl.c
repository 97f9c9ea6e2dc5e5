/* Reading key revocation lists. */
#include "krl.h"

#include "../alg/hash.h"

enum {
    SECTION_CERTIFICATES = 1,
    SECTION_KEY = 2,
    SECTION_SHA1 = 3,
    SECTION_SHA256 = 5,
    SECTION_EXTENSION = 255,
    CERT_SERIALS = 0x20,
    CERT_RANGE = 0x21,
    CERT_BITMAP = 0x22,
    CERT_KEY_ID = 0x23,
    CERT_EXTENSION = 0x39,
    FORMAT_VERSION = 1,
};

/* What is looked for: a key or a certificate's authority, with both hashes of its blob. */
typedef struct sought_key {
    cleat_slice blob;
    uint8_t sha1[20], sha256[32];
} sought_key;

typedef struct question {
    sought_key keys[2];
    size_t key_count;
    const cleat_cert *cert; /* NULL: a plain key */
    bool revoked;
} question;

static const uint8_t magic[] = {'S', 'S', 'H', 'K', 'R', 'L', '\n', 0};

bool cl_krl_is(cleat_slice file)
{
    return file.len >= sizeof magic && memcmp(file.data, magic, sizeof magic) == 0;
}

/* ---- keys ---- */

static cleat_status seek(question *q, const cl_env *env, const cleat_key *key)
{
    sought_key *k = &q->keys[q->key_count++];
    k->blob = cleat_key_blob(key);
    cleat_status st = cl_hash_once(env->hashes, CL_SHA1, &k->blob, 1, k->sha1);
    return st == CLEAT_OK ? cl_hash_once(env->hashes, CL_SHA256, &k->blob, 1, k->sha256) : st;
}

static cleat_slice part_of(const sought_key *k, uint8_t section)
{
    if (section == SECTION_SHA1)
        return cl_slice(k->sha1, sizeof k->sha1);
    return section == SECTION_SHA256 ? cl_slice(k->sha256, sizeof k->sha256) : k->blob;
}

/* Keys, or hashes of keys. */
static void read_keys(question *q, uint8_t section, cl_reader *r)
{
    while (r->left && r->fault == CLEAT_OK) {
        cleat_slice one = cl_get_string(r);
        for (size_t i = 0; i < q->key_count; i++)
            q->revoked = q->revoked || cleat_slice_equal(one, part_of(&q->keys[i], section));
    }
}

/* ---- certificates ---- */

static bool bit_is_set(cleat_slice magnitude, uint64_t bit)
{
    uint64_t byte = bit / 8;
    return byte < magnitude.len && magnitude.data[magnitude.len - 1 - byte] >> bit % 8 & 1;
}

static bool read_serials(cl_reader *r, uint64_t serial)
{
    bool found = false;
    while (r->left && r->fault == CLEAT_OK)
        found = cl_get_u64(r) == serial || found;
    return found;
}

static bool read_range(cl_reader *r, uint64_t serial)
{
    uint64_t first = cl_get_u64(r);
    uint64_t last = cl_get_u64(r);
    if (first > last)
        cl_reader_fault(r);
    return serial >= first && serial <= last;
}

static bool read_bitmap(cl_reader *r, uint64_t serial)
{
    uint64_t offset = cl_get_u64(r);
    cleat_slice bits = cl_get_mpint(r);
    return serial >= offset && bit_is_set(bits, serial - offset);
}

static bool read_key_ids(cl_reader *r, const char *key_id)
{
    bool found = false;
    while (r->left && r->fault == CLEAT_OK)
        found = cl_slice_is(cl_get_string(r), key_id) || found;
    return found;
}

/* Passed over unless critical: then nothing is known about what the rest means. */
static cleat_status read_extension(cl_reader *r)
{
    cl_get_string(r);
    bool is_critical = cl_get_bool(r);
    cl_get_string(r);
    return is_critical ? CLEAT_E_UNSUPPORTED : CLEAT_OK;
}

/* Serial number 0 stands for none, so a list of serial numbers does not mean it. */
static cleat_status read_cert_part(uint8_t kind, cl_reader *r, const cleat_cert_facts *f,
                                   bool *found)
{
    bool by_serial = false;
    bool by_id = false;
    switch (kind) {
    case CERT_SERIALS:
        by_serial = read_serials(r, f->serial);
        break;
    case CERT_RANGE:
        by_serial = read_range(r, f->serial);
        break;
    case CERT_BITMAP:
        by_serial = read_bitmap(r, f->serial);
        break;
    case CERT_KEY_ID:
        by_id = read_key_ids(r, f->key_id);
        break;
    case CERT_EXTENSION:
        return read_extension(r);
    default:
        return CLEAT_E_UNSUPPORTED;
    }
    *found = *found || by_id || (by_serial && f->serial);
    return CLEAT_OK;
}

/* An empty authority means all of them. */
static cleat_status read_certificates(question *q, cl_reader *r)
{
    static const cleat_cert_facts nobody = {.key_id = ""};
    bool found = false;
    cleat_status st = CLEAT_OK;
    cleat_slice authority = cl_get_string(r);
    cl_get_string(r);
    while (r->left && r->fault == CLEAT_OK && st == CLEAT_OK) {
        uint8_t kind = cl_get_u8(r);
        cl_reader part = cl_reader_of(cl_get_string(r));
        st = read_cert_part(kind, &part, q->cert ? &q->cert->facts : &nobody, &found);
        if (st == CLEAT_OK)
            st = cl_reader_done(&part);
    }
    bool ours = q->cert && (!authority.len ||
                            cleat_slice_equal(authority, cleat_key_blob(q->cert->authority)));
    q->revoked = q->revoked || (ours && found);
    return st;
}

/* ---- all ---- */

static cleat_status read_section(question *q, uint8_t section, cl_reader *r)
{
    cleat_status st = CLEAT_OK;
    switch (section) {
    case SECTION_CERTIFICATES:
        st = read_certificates(q, r);
        break;
    case SECTION_KEY:
    case SECTION_SHA1:
    case SECTION_SHA256:
        read_keys(q, section, r);
        break;
    case SECTION_EXTENSION:
        st = read_extension(r);
        break;
    default:
        return CLEAT_E_UNSUPPORTED;
    }
    return st == CLEAT_OK ? cl_reader_done(r) : st;
}

static cleat_status read_list(question *q, cleat_slice file)
{
    cleat_status st = CLEAT_OK;
    cl_reader r = cl_reader_of(file);
    cl_get_bytes(&r, sizeof magic);
    if (cl_get_u32(&r) != FORMAT_VERSION)
        return CLEAT_E_FORMAT;
    cl_get_bytes(&r, 24); /* version, date, flags */
    cl_get_string(&r);
    cl_get_string(&r);
    while (r.left && r.fault == CLEAT_OK && st == CLEAT_OK) {
        uint8_t section = cl_get_u8(&r);
        cl_reader inside = cl_reader_of(cl_get_string(&r));
        if (r.fault == CLEAT_OK)
            st = read_section(q, section, &inside);
    }
    return st == CLEAT_OK ? cl_reader_done(&r) : st;
}

cleat_status cl_krl_check(const cl_env *env, cleat_slice file, const cleat_key *key,
                          const cleat_cert *cert, bool *revoked)
{
    question q = {.cert = cert};
    *revoked = false;
    cleat_status st = cl_krl_is(file) ? seek(&q, env, key) : CLEAT_E_FORMAT;
    if (st == CLEAT_OK && cert)
        st = seek(&q, env, cert->authority);
    if (st == CLEAT_OK)
        st = read_list(&q, file);
    *revoked = q.revoked;
    return st == CLEAT_OK || st == CLEAT_E_UNSUPPORTED || st == CLEAT_E_NOMEM ||
                   st == CLEAT_E_CRYPTO
               ? st
               : CLEAT_E_FORMAT;
}
