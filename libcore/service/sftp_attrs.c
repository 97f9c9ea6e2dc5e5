/* File attributes of every version: get and put beside each other (draft-02 §5, draft-04 §5,
 * draft-05 §5, draft-13 §7). */
#include "sftp_proto.h"

enum {
    FLAG_EXTENDED = (int)0x80000000u,
    V3_KNOWN = CLEAT_SFTP_HAS_SIZE | CLEAT_SFTP_HAS_IDS | CLEAT_SFTP_HAS_PERMISSIONS |
               CLEAT_SFTP_HAS_ATIME,
    V4_KNOWN = 0x1FD, /* all up to subseconds but the ids */
    V5_KNOWN = V4_KNOWN | CLEAT_SFTP_HAS_BITS,
    V6_KNOWN = 0xFFFD,

    PERMISSION_BITS = 07777,
    TYPE_BITS = 0170000,

    EXTENDED_MAX = 64
};

uint32_t cl_sftp_known_attrs(unsigned version)
{
    switch (version) {
    case 3:
        return V3_KNOWN;
    case 4:
        return V4_KNOWN;
    case 5:
        return V5_KNOWN;
    default:
        return V6_KNOWN;
    }
}

/* ---- the file type in version 3: the mode's upper bits ---- */

static const struct {
    uint32_t mode;
    cleat_sftp_type type;
} modes[] = {
    {0100000, CLEAT_SFTP_REGULAR},     {0040000, CLEAT_SFTP_DIRECTORY},
    {0120000, CLEAT_SFTP_SYMLINK},     {0140000, CLEAT_SFTP_SOCKET},
    {0020000, CLEAT_SFTP_CHAR_DEVICE}, {0060000, CLEAT_SFTP_BLOCK_DEVICE},
    {0010000, CLEAT_SFTP_FIFO},
};

cleat_sftp_type cl_sftp_type_of_mode(uint32_t mode)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if ((mode & TYPE_BITS) == modes[i].mode)
            return modes[i].type;
    }
    return CLEAT_SFTP_UNKNOWN;
}

uint32_t cl_sftp_mode_of_type(cleat_sftp_type type)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (modes[i].type == type)
            return modes[i].mode;
    }
    return 0;
}

/* ---- extended attributes: kept as they are ---- */

static void get_extended(cl_reader *r, cleat_sftp_attrs *a)
{
    a->extended_count = cl_get_u32(r);
    if (a->extended_count > EXTENDED_MAX)
        cl_reader_fault(r);
    cl_reader whole = *r;
    for (uint32_t i = 0; i < a->extended_count && r->fault == CLEAT_OK; i++) {
        cl_get_string(r);
        cl_get_string(r);
    }
    a->extended = cl_get_bytes(&whole, r->fault == CLEAT_OK ? whole.left - r->left : 0);
}

static void put_extended(cl_buf *b, const cleat_sftp_attrs *a)
{
    if (!a->extended_count)
        return;
    cl_put_u32(b, a->extended_count);
    cl_buf_add_slice(b, a->extended);
}

/* ---- version 3 ---- */

static void get_v3(cl_reader *r, uint32_t flags, cleat_sftp_attrs *a)
{
    if (flags & CLEAT_SFTP_HAS_SIZE)
        a->size = cl_get_u64(r);
    if (flags & CLEAT_SFTP_HAS_IDS) {
        a->uid = cl_get_u32(r);
        a->gid = cl_get_u32(r);
    }
    if (flags & CLEAT_SFTP_HAS_PERMISSIONS) {
        uint32_t mode = cl_get_u32(r);
        a->permissions = mode & PERMISSION_BITS;
        a->type = cl_sftp_type_of_mode(mode);
    }
    if (flags & CLEAT_SFTP_HAS_ATIME) {
        a->atime.seconds = cl_get_u32(r);
        a->mtime.seconds = cl_get_u32(r);
        a->has |= CLEAT_SFTP_HAS_MTIME;
    }
}

/* Version 3 has 32 bits, which everybody reads as unsigned. */
static uint32_t short_time(cleat_sftp_time t)
{
    if (t.seconds < 0)
        return 0;
    return t.seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)t.seconds;
}

static void put_v3(cl_buf *b, const cleat_sftp_attrs *a)
{
    uint32_t flags = a->has & V3_KNOWN;
    if (!(a->has & CLEAT_SFTP_HAS_MTIME))
        flags &= ~(uint32_t)CLEAT_SFTP_HAS_ATIME;
    cl_put_u32(b, flags | (a->extended_count ? (uint32_t)FLAG_EXTENDED : 0));
    if (flags & CLEAT_SFTP_HAS_SIZE)
        cl_put_u64(b, a->size);
    if (flags & CLEAT_SFTP_HAS_IDS) {
        cl_put_u32(b, a->uid);
        cl_put_u32(b, a->gid);
    }
    if (flags & CLEAT_SFTP_HAS_PERMISSIONS)
        cl_put_u32(b, (a->permissions & PERMISSION_BITS) | cl_sftp_mode_of_type(a->type));
    if (flags & CLEAT_SFTP_HAS_ATIME) {
        cl_put_u32(b, short_time(a->atime));
        cl_put_u32(b, short_time(a->mtime));
    }
}

/* ---- versions 4 to 6 ---- */

static void get_time(cl_reader *r, const cleat_sftp_attrs *a, uint32_t flag, cleat_sftp_time *t)
{
    if (!(a->has & flag))
        return;
    t->seconds = (int64_t)cl_get_u64(r);
    if (a->has & CLEAT_SFTP_HAS_NANOSECONDS)
        t->nanoseconds = cl_get_u32(r);
    if (t->nanoseconds >= 1000000000)
        cl_reader_fault(r);
}

static void put_time(cl_buf *b, uint32_t flags, uint32_t flag, cleat_sftp_time t)
{
    if (!(flags & flag))
        return;
    cl_put_u64(b, (uint64_t)t.seconds);
    if (flags & CLEAT_SFTP_HAS_NANOSECONDS)
        cl_put_u32(b, t.nanoseconds);
}

static void get_bits(cl_reader *r, unsigned version, cleat_sftp_attrs *a)
{
    a->bits = cl_get_u32(r);
    a->bits_valid = version >= 6 ? cl_get_u32(r) : UINT32_MAX;
}

static void get_hints(cl_reader *r, cleat_sftp_attrs *a)
{
    if (a->has & CLEAT_SFTP_HAS_TEXT_HINT)
        a->text_hint = cl_get_u8(r);
    if (a->has & CLEAT_SFTP_HAS_MIME_TYPE)
        a->mime_type = cl_get_text(r);
    if (a->has & CLEAT_SFTP_HAS_LINK_COUNT)
        a->link_count = cl_get_u32(r);
    if (a->has & CLEAT_SFTP_HAS_UNTRANSLATED_NAME)
        a->untranslated_name = cl_get_text(r);
}

static void get_v4(cl_reader *r, unsigned version, cleat_sftp_attrs *a)
{
    a->type = (cleat_sftp_type)cl_get_u8(r);
    if (a->type < CLEAT_SFTP_REGULAR || a->type > CLEAT_SFTP_FIFO)
        a->type = CLEAT_SFTP_UNKNOWN;
    if (a->has & CLEAT_SFTP_HAS_SIZE)
        a->size = cl_get_u64(r);
    if (a->has & CLEAT_SFTP_HAS_ALLOCATION_SIZE)
        a->allocation_size = cl_get_u64(r);
    if (a->has & CLEAT_SFTP_HAS_NAMES) {
        a->owner = cl_get_text(r);
        a->group = cl_get_text(r);
    }
    if (a->has & CLEAT_SFTP_HAS_PERMISSIONS)
        a->permissions = cl_get_u32(r) & PERMISSION_BITS;
    get_time(r, a, CLEAT_SFTP_HAS_ATIME, &a->atime);
    get_time(r, a, CLEAT_SFTP_HAS_CREATETIME, &a->createtime);
    get_time(r, a, CLEAT_SFTP_HAS_MTIME, &a->mtime);
    get_time(r, a, CLEAT_SFTP_HAS_CTIME, &a->ctime);
    if (a->has & CLEAT_SFTP_HAS_ACL)
        a->acl = cl_get_string(r);
    if (a->has & CLEAT_SFTP_HAS_BITS)
        get_bits(r, version, a);
    get_hints(r, a);
}

static void put_hints(cl_buf *b, uint32_t flags, const cleat_sftp_attrs *a)
{
    if (flags & CLEAT_SFTP_HAS_TEXT_HINT)
        cl_put_u8(b, a->text_hint);
    if (flags & CLEAT_SFTP_HAS_MIME_TYPE)
        cl_put_string(b, a->mime_type);
    if (flags & CLEAT_SFTP_HAS_LINK_COUNT)
        cl_put_u32(b, a->link_count);
    if (flags & CLEAT_SFTP_HAS_UNTRANSLATED_NAME)
        cl_put_string(b, a->untranslated_name);
}

static void put_v4(cl_buf *b, unsigned version, const cleat_sftp_attrs *a)
{
    uint32_t flags = a->has & cl_sftp_known_attrs(version);
    cl_put_u32(b, flags | (a->extended_count ? (uint32_t)FLAG_EXTENDED : 0));
    cl_put_u8(b, (uint8_t)(a->type ? a->type : CLEAT_SFTP_UNKNOWN));
    if (flags & CLEAT_SFTP_HAS_SIZE)
        cl_put_u64(b, a->size);
    if (flags & CLEAT_SFTP_HAS_ALLOCATION_SIZE)
        cl_put_u64(b, a->allocation_size);
    if (flags & CLEAT_SFTP_HAS_NAMES) {
        cl_put_string(b, a->owner);
        cl_put_string(b, a->group);
    }
    if (flags & CLEAT_SFTP_HAS_PERMISSIONS)
        cl_put_u32(b, a->permissions & PERMISSION_BITS);
    put_time(b, flags, CLEAT_SFTP_HAS_ATIME, a->atime);
    put_time(b, flags, CLEAT_SFTP_HAS_CREATETIME, a->createtime);
    put_time(b, flags, CLEAT_SFTP_HAS_MTIME, a->mtime);
    put_time(b, flags, CLEAT_SFTP_HAS_CTIME, a->ctime);
    if (flags & CLEAT_SFTP_HAS_ACL)
        cl_put_string(b, a->acl);
    if (flags & CLEAT_SFTP_HAS_BITS)
        cl_put_u32(b, a->bits);
    if ((flags & CLEAT_SFTP_HAS_BITS) && version >= 6)
        cl_put_u32(b, a->bits_valid);
    put_hints(b, flags, a);
}

/* ---- both ---- */

void cl_sftp_get_attrs(cl_reader *r, unsigned version, cleat_sftp_attrs *a)
{
    uint32_t flags = cl_get_u32(r);
    *a = (cleat_sftp_attrs){.type = CLEAT_SFTP_UNKNOWN};
    /* A server of Huawei's sets version 4's flag of the modification time in version 3. */
    if (version == 3)
        flags &= ~(uint32_t)CLEAT_SFTP_HAS_MTIME;
    a->has = flags & ~(uint32_t)FLAG_EXTENDED;
    if (a->has & ~cl_sftp_known_attrs(version))
        cl_reader_fault(r); /* what would follow is anybody's guess */
    if (version == 3)
        get_v3(r, flags, a);
    else
        get_v4(r, version, a);
    if (flags & (uint32_t)FLAG_EXTENDED)
        get_extended(r, a);
    if (r->fault != CLEAT_OK)
        *a = (cleat_sftp_attrs){.type = CLEAT_SFTP_UNKNOWN};
}

void cl_sftp_put_attrs(cl_buf *b, unsigned version, const cleat_sftp_attrs *a)
{
    if (version == 3)
        put_v3(b, a);
    else
        put_v4(b, version, a);
    put_extended(b, a);
}
