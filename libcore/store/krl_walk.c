/* Reading key revocation lists. */
#include "krl_walk.h"

#include "../base/error.h"
#include "../wire/reader.h"

const uint8_t cl_krl_magic[CL_KRL_MAGIC_LEN] = {'S', 'S', 'H', 'K', 'R', 'L', '\n', 0};

typedef struct walk {
    cl_krl_take take;
    void *user;
    cleat_slice authority;
} walk;

bool cl_krl_is(cleat_slice file)
{
    return file.len >= CL_KRL_MAGIC_LEN && memcmp(file.data, cl_krl_magic, CL_KRL_MAGIC_LEN) == 0;
}

static cleat_status tell(const walk *w, cleat_krl_kind kind, cleat_slice data)
{
    const cleat_krl_entry entry = {.kind = kind, .authority = w->authority, .data = data};
    return w->take(w->user, &entry);
}

static cleat_status tell_serials(const walk *w, uint64_t first, uint64_t last)
{
    const cleat_krl_entry entry = {
        .kind = CLEAT_KRL_SERIALS, .authority = w->authority, .first = first, .last = last};
    return w->take(w->user, &entry);
}

/* Strings to the end; those of one length where len is not 0. */
static cleat_status read_strings(const walk *w, cleat_krl_kind kind, size_t len, cl_reader *r)
{
    cleat_status st = CLEAT_OK;
    while (r->left && r->fault == CLEAT_OK && st == CLEAT_OK) {
        cleat_slice one = cl_get_string(r);
        if (len && one.len != len)
            cl_reader_fault(r);
        if (r->fault == CLEAT_OK)
            st = tell(w, kind, one);
    }
    return st;
}

/* Passed over unless critical: then nothing is known about what the rest means. */
static cleat_status read_extension(const walk *w, cleat_krl_kind kind, cl_reader *r)
{
    const cleat_slice whole = {r->at, r->left};
    cl_get_string(r);
    bool is_critical = cl_get_bool(r);
    cl_get_string(r);
    if (is_critical)
        return CLEAT_E_UNSUPPORTED;
    return cl_reader_done(r) == CLEAT_OK ? tell(w, kind, whole) : CLEAT_OK;
}

/* ---- certificates ---- */

static cleat_status read_serials(const walk *w, cl_reader *r)
{
    cleat_status st = CLEAT_OK;
    while (r->left && r->fault == CLEAT_OK && st == CLEAT_OK) {
        uint64_t serial = cl_get_u64(r);
        if (r->fault == CLEAT_OK)
            st = tell_serials(w, serial, serial);
    }
    return st;
}

static cleat_status read_range(const walk *w, cl_reader *r)
{
    uint64_t first = cl_get_u64(r);
    uint64_t last = cl_get_u64(r);
    if (first > last)
        cl_reader_fault(r);
    return r->fault == CLEAT_OK ? tell_serials(w, first, last) : CLEAT_OK;
}

/* The next bit from `bit` on that is set, or not; `end` when there is none. Whole bytes of the
 * other kind are stepped over. */
static uint64_t next_bit(cleat_slice magnitude, uint64_t bit, bool set)
{
    const uint8_t other = set ? 0 : 0xff;
    const uint64_t end = (uint64_t)magnitude.len * 8;
    while (bit < end) {
        uint8_t byte = magnitude.data[magnitude.len - 1 - bit / 8];
        if (bit % 8 == 0 && byte == other)
            bit += 8;
        else if ((byte >> bit % 8 & 1) == set)
            return bit;
        else
            bit++;
    }
    return end;
}

static cleat_status read_bitmap(const walk *w, cl_reader *r)
{
    uint64_t offset = cl_get_u64(r);
    cleat_slice bits = cl_get_mpint(r);
    uint64_t end = (uint64_t)bits.len * 8;
    cleat_status st = CLEAT_OK;
    if (r->fault != CLEAT_OK)
        return CLEAT_OK;
    for (uint64_t from = next_bit(bits, 0, true); from < end && st == CLEAT_OK;) {
        uint64_t to = next_bit(bits, from, false);
        if (to - 1 > UINT64_MAX - offset)
            return CLEAT_E_FORMAT;
        st = tell_serials(w, offset + from, offset + to - 1);
        from = next_bit(bits, to, true);
    }
    return st;
}

static cleat_status read_cert_part(const walk *w, uint8_t kind, cl_reader *r)
{
    switch (kind) {
    case CL_KRL_CERT_SERIALS:
        return read_serials(w, r);
    case CL_KRL_CERT_RANGE:
        return read_range(w, r);
    case CL_KRL_CERT_BITMAP:
        return read_bitmap(w, r);
    case CL_KRL_CERT_KEY_ID:
        return read_strings(w, CLEAT_KRL_KEY_ID, 0, r);
    case CL_KRL_CERT_EXTENSION:
        return read_extension(w, CLEAT_KRL_CERT_EXTENSION, r);
    default:
        return CLEAT_E_UNSUPPORTED;
    }
}

/* An empty authority means all of them. */
static cleat_status read_certificates(walk *w, cl_reader *r)
{
    cleat_status st = CLEAT_OK;
    w->authority = cl_get_string(r);
    cl_get_string(r); /* reserved */
    while (r->left && r->fault == CLEAT_OK && st == CLEAT_OK) {
        uint8_t kind = cl_get_u8(r);
        cl_reader part = cl_reader_of(cl_get_string(r));
        if (r->fault == CLEAT_OK)
            st = read_cert_part(w, kind, &part);
        if (st == CLEAT_OK && r->fault == CLEAT_OK)
            st = cl_reader_done(&part);
    }
    w->authority = CL_SLICE_EMPTY;
    return st;
}

/* ---- all ---- */

static cleat_status read_section(walk *w, uint8_t section, cl_reader *r)
{
    switch (section) {
    case CL_KRL_CERTIFICATES:
        return read_certificates(w, r);
    case CL_KRL_EXPLICIT_KEY:
        return read_strings(w, CLEAT_KRL_KEY, 0, r);
    case CL_KRL_HASH_SHA1:
        return read_strings(w, CLEAT_KRL_SHA1, 20, r);
    case CL_KRL_HASH_SHA256:
        return read_strings(w, CLEAT_KRL_SHA256, 32, r);
    case CL_KRL_EXTENSION:
        return read_extension(w, CLEAT_KRL_EXTENSION, r);
    default:
        return CLEAT_E_UNSUPPORTED; /* a signature among them */
    }
}

static cleat_status read_header(cl_reader *r, cl_krl_header *header)
{
    cl_get_bytes(r, CL_KRL_MAGIC_LEN);
    if (cl_get_u32(r) != CL_KRL_FORMAT_VERSION)
        return r->fault == CLEAT_OK ? CLEAT_E_UNSUPPORTED : CLEAT_OK;
    header->version = cl_get_u64(r);
    header->generated = cl_get_u64(r);
    cl_get_u64(r);    /* flags */
    cl_get_string(r); /* reserved */
    header->comment = cl_get_string(r);
    return CLEAT_OK;
}

static cleat_status read_sections(walk *w, cl_reader *r)
{
    cleat_status st = CLEAT_OK;
    while (r->left && r->fault == CLEAT_OK && st == CLEAT_OK) {
        uint8_t section = cl_get_u8(r);
        cl_reader inside = cl_reader_of(cl_get_string(r));
        if (r->fault == CLEAT_OK)
            st = read_section(w, section, &inside);
        if (st == CLEAT_OK && r->fault == CLEAT_OK)
            st = cl_reader_done(&inside);
    }
    return st == CLEAT_OK ? cl_reader_done(r) : st;
}

cleat_status cl_krl_walk(cleat_slice file, cl_krl_header *header, cl_krl_take take, void *user,
                         cleat_error *error)
{
    walk w = {.take = take, .user = user, .authority = CL_SLICE_EMPTY};
    cl_krl_header head = {.comment = CL_SLICE_EMPTY};
    cl_reader r = cl_reader_of(file);
    if (!cl_krl_is(file))
        return cl_fail(error, CLEAT_E_FORMAT, "not a key revocation list");
    cleat_status st = read_header(&r, &head);
    if (st == CLEAT_OK)
        st = read_sections(&w, &r);
    if (header)
        *header = head;
    if (st == CLEAT_E_TRUNCATED)
        st = CLEAT_E_FORMAT;
    if (st == CLEAT_E_FORMAT || st == CLEAT_E_UNSUPPORTED)
        return cl_fail(error, st, "the section before offset %zu %s", file.len - r.left,
                       st == CLEAT_E_FORMAT ? "is malformed" : "is of a kind that is not known");
    return st == CLEAT_OK ? st : cl_fail(error, st, "%s", cleat_status_text(st));
}
