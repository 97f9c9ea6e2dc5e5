/* SFTP's first two messages. */
#include "sftp_version.h"

enum { PAIRS_MAX = 256 };

static const struct {
    const char *name, *value;
} features[] = {
#define ROW(name, wire, value) {wire, value},
    CL_SFTP_FEATURES(ROW)
#undef ROW
};

void cl_sftp_put_init(cl_buf *b, uint32_t version)
{
    size_t mark = cl_put_begin(b);
    cl_put_u8(b, CL_SFTP_init);
    cl_put_u32(b, version);
    cl_put_end(b, mark);
}

/* ---- supported (version 5), supported2 (version 6) ---- */

static void put_names(cl_buf *b, uint32_t which)
{
    for (size_t i = 0; i < CL_SFTP_FEATURE_COUNT; i++) {
        if (which & 1u << i)
            cl_put_cstring(b, features[i].name);
    }
}

static uint32_t count_names(uint32_t which)
{
    uint32_t n = 0;
    for (; which; which &= which - 1)
        n++;
    return n;
}

static void put_supported(cl_buf *b, const cl_sftp_hello *h)
{
    const cl_sftp_supported *s = &h->supported;
    cl_put_cstring(b, h->version >= 6 ? "supported2" : "supported");
    size_t mark = cl_put_begin(b);
    cl_put_u32(b, s->attributes);
    cl_put_u32(b, s->bits);
    cl_put_u32(b, s->open_flags);
    cl_put_u32(b, s->access);
    cl_put_u32(b, s->read_max);
    if (h->version >= 6) {
        cl_put_u8(b, (uint8_t)(s->open_blocks >> 8));
        cl_put_u8(b, (uint8_t)s->open_blocks);
        cl_put_u8(b, (uint8_t)(s->blocks >> 8));
        cl_put_u8(b, (uint8_t)s->blocks);
        cl_put_u32(b, 0); /* no extended attributes */
        cl_put_u32(b, count_names(h->features));
    }
    put_names(b, h->features);
    cl_put_end(b, mark);
}

static uint16_t get_u16(cl_reader *r)
{
    unsigned high = cl_get_u8(r);
    return (uint16_t)(high << 8 | cl_get_u8(r));
}

uint32_t cl_sftp_feature_of(cleat_slice name)
{
    for (size_t i = 0; i < CL_SFTP_FEATURE_COUNT; i++) {
        if (cl_slice_is(name, features[i].name))
            return 1u << i;
    }
    return 0;
}

static uint32_t get_names(cl_reader *r, uint32_t count)
{
    uint32_t found = 0;
    for (; count && r->left && r->fault == CLEAT_OK; count--)
        found |= cl_sftp_feature_of(cl_get_string(r));
    return found;
}

/* Behind the numbers. Of the extensions that have no version some servers say the name here and
 * nowhere else; for the others there are pairs. */
static uint32_t get_listed(cl_reader *r, bool second)
{
    if (!second)
        return get_names(r, UINT32_MAX) & CL_SFTP_WITHOUT_VERSION;
    (void)get_names(r, cl_get_u32(r)); /* of attributes */
    return get_names(r, cl_get_u32(r)) & CL_SFTP_WITHOUT_VERSION;
}

static void get_supported(cl_reader *r, bool second, cl_sftp_supported *s)
{
    s->attributes = cl_get_u32(r);
    s->bits = cl_get_u32(r);
    s->open_flags = cl_get_u32(r);
    s->access = cl_get_u32(r);
    s->read_max = cl_get_u32(r);
    if (!second)
        return;
    s->open_blocks = get_u16(r);
    s->blocks = get_u16(r);
}

/* ---- the announcement ---- */

static void put_pair(cl_buf *b, const char *name, cleat_slice value)
{
    if (!value.len)
        return;
    cl_put_cstring(b, name);
    cl_put_string(b, value);
}

static void put_acl(cl_buf *b, const cl_sftp_hello *h)
{
    cl_put_cstring(b, "acl-supported");
    size_t mark = cl_put_begin(b);
    cl_put_u32(b, h->acl);
    cl_put_end(b, mark);
}

void cl_sftp_put_version(cl_buf *b, const cl_sftp_hello *h)
{
    size_t mark = cl_put_begin(b);
    cl_put_u8(b, CL_SFTP_version);
    cl_put_u32(b, h->version);
    for (size_t i = 0; i < CL_SFTP_FEATURE_COUNT; i++) {
        if (h->features & 1u << i)
            put_pair(b, features[i].name, cleat_slice_of(features[i].value));
    }
    put_pair(b, "versions", h->versions);
    put_pair(b, "vendor-id", h->vendor_id);
    put_pair(b, "filename-charset", h->charset);
    put_pair(b, CL_SFTP_SYMLINK_ORDER, h->symlink_order);
    if (h->version >= 4)
        put_pair(b, "newline", h->newline);
    if (h->version >= 5 && h->has_supported)
        put_supported(b, h);
    if (h->version >= 6 && h->has_acl)
        put_acl(b, h);
    cl_put_end(b, mark);
}

static void take_supported(cl_sftp_hello *h, bool second, cleat_slice value)
{
    cl_reader r = cl_reader_of(value);
    get_supported(&r, second, &h->supported);
    h->has_supported = r.fault == CLEAT_OK;
    h->features |= get_listed(&r, second);
}

static void take_pair(cl_sftp_hello *h, cleat_slice name, cleat_slice value)
{
    cl_reader r = cl_reader_of(value);
    uint32_t feature = cl_sftp_feature_of(name);
    for (size_t i = 0; feature && i < CL_SFTP_FEATURE_COUNT; i++) {
        if ((feature & 1u << i) && cl_slice_is(value, features[i].value))
            h->features |= feature;
    }
    if (feature == CL_SFTP_HAS_CHECK_FILE) { /* Paramiko's value is a list of algorithms */
        h->features |= feature;
        h->says_check_file = true;
    }
    if (cl_slice_is(name, "newline") || cl_slice_is(name, "newline@vandyke.com"))
        h->newline = value;
    else if (cl_slice_is(name, "versions"))
        h->versions = value;
    else if (cl_slice_is(name, CL_SFTP_SYMLINK_ORDER))
        h->symlink_order = value;
    else if (cl_slice_is(name, "vendor-id"))
        h->vendor_id = value;
    else if (cl_slice_is(name, "filename-charset"))
        h->charset = value;
    else if (cl_slice_is(name, "supported") || cl_slice_is(name, "supported2"))
        take_supported(h, cl_slice_is(name, "supported2"), value);
    else if (cl_slice_is(name, "acl-supported")) {
        h->acl = cl_get_u32(&r);
        h->has_acl = r.fault == CLEAT_OK;
    }
}

cleat_status cl_sftp_read_version(const cl_sftp_head *head, cl_sftp_hello *h)
{
    cl_reader r = cl_reader_of(head->fields);
    *h = (cl_sftp_hello){.version = head->id,
                         .newline = CL_SLICE_EMPTY,
                         .versions = CL_SLICE_EMPTY,
                         .vendor_id = CL_SLICE_EMPTY,
                         .charset = CL_SLICE_EMPTY};
    if (head->type != CL_SFTP_version)
        return CLEAT_E_PROTO;
    for (size_t i = 0; r.left && r.fault == CLEAT_OK; i++) {
        cleat_slice name = cl_get_string(&r);
        cleat_slice value = cl_get_string(&r);
        if (i == PAIRS_MAX)
            return CLEAT_E_LIMIT;
        if (r.fault == CLEAT_OK)
            take_pair(h, name, value);
    }
    return cl_reader_done(&r);
}
