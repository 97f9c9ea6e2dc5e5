/* SFTP's packets, names and status. */
#include "sftp_proto.h"

#include "sftp_messages.h"

cleat_status cl_sftp_read_head(cleat_slice packet, cl_sftp_head *head)
{
    cl_reader r = cl_reader_of(packet);
    head->type = cl_get_u8(&r);
    head->id = cl_get_u32(&r);
    head->fields = cl_get_rest(&r);
    return r.fault;
}

/* ---- opening ---- */

/* CREAT with TRUNC and EXCL as open(2) has them; EXCL without CREAT means nothing. */
static uint32_t disposition(uint32_t pflags)
{
    if (!(pflags & CL_SFTP_PFLAG_CREAT))
        return pflags & CL_SFTP_PFLAG_TRUNC ? CLEAT_SFTP_TRUNCATE_EXISTING
                                            : CLEAT_SFTP_OPEN_EXISTING;
    if (pflags & CL_SFTP_PFLAG_EXCL)
        return CLEAT_SFTP_CREATE_NEW;
    return pflags & CL_SFTP_PFLAG_TRUNC ? CLEAT_SFTP_CREATE_TRUNCATE : CLEAT_SFTP_OPEN_OR_CREATE;
}

bool cl_sftp_open_from_pflags(uint32_t pflags, uint32_t *access, uint32_t *flags)
{
    *access = 0;
    *flags = disposition(pflags);
    if (pflags & CL_SFTP_PFLAG_READ)
        *access |= CLEAT_SFTP_READ_DATA | CLEAT_SFTP_READ_ATTRIBUTES;
    if (pflags & CL_SFTP_PFLAG_WRITE)
        *access |= CLEAT_SFTP_WRITE_DATA | CLEAT_SFTP_WRITE_ATTRIBUTES;
    if (pflags & CL_SFTP_PFLAG_APPEND) {
        *access |= CLEAT_SFTP_APPEND_DATA;
        *flags |= CLEAT_SFTP_OPEN_APPEND;
    }
    if (pflags & CL_SFTP_PFLAG_TEXT)
        *flags |= CLEAT_SFTP_OPEN_TEXT;
    return !(pflags & ~(uint32_t)0x7F);
}

bool cl_sftp_open_to_pflags(uint32_t access, uint32_t flags, uint32_t *pflags)
{
    static const uint32_t dispositions[] = {
        [CLEAT_SFTP_CREATE_NEW] = CL_SFTP_PFLAG_CREAT | CL_SFTP_PFLAG_EXCL,
        [CLEAT_SFTP_CREATE_TRUNCATE] = CL_SFTP_PFLAG_CREAT | CL_SFTP_PFLAG_TRUNC,
        [CLEAT_SFTP_OPEN_EXISTING] = 0,
        [CLEAT_SFTP_OPEN_OR_CREATE] = CL_SFTP_PFLAG_CREAT,
        [CLEAT_SFTP_TRUNCATE_EXISTING] = CL_SFTP_PFLAG_TRUNC,
    };
    const uint32_t known = CLEAT_SFTP_DISPOSITION | CLEAT_SFTP_OPEN_APPEND |
                           CLEAT_SFTP_OPEN_APPEND_ATOMIC | CLEAT_SFTP_OPEN_TEXT;
    uint32_t how = flags & CLEAT_SFTP_DISPOSITION;
    *pflags = 0;
    if (how > CLEAT_SFTP_TRUNCATE_EXISTING || (flags & ~known))
        return false;
    *pflags = dispositions[how];
    if (access & CLEAT_SFTP_READ_DATA)
        *pflags |= CL_SFTP_PFLAG_READ;
    if (access & (CLEAT_SFTP_WRITE_DATA | CLEAT_SFTP_APPEND_DATA))
        *pflags |= CL_SFTP_PFLAG_WRITE;
    if (flags & (CLEAT_SFTP_OPEN_APPEND | CLEAT_SFTP_OPEN_APPEND_ATOMIC))
        *pflags |= CL_SFTP_PFLAG_APPEND;
    if (flags & CLEAT_SFTP_OPEN_TEXT)
        *pflags |= CL_SFTP_PFLAG_TEXT;
    return true;
}

/* ---- names ---- */

void cl_sftp_get_name(cl_reader *r, unsigned version, cleat_sftp_name *name)
{
    *name = (cleat_sftp_name){.name = cl_get_text(r), .long_name = CL_SLICE_EMPTY};
    if (version == 3)
        name->long_name = cl_get_string(r);
    cl_sftp_get_attrs(r, version, &name->attrs);
}

void cl_sftp_put_name(cl_buf *b, unsigned version, const cleat_sftp_name *name)
{
    cl_put_string(b, name->name);
    if (version == 3)
        cl_put_string(b, name->long_name);
    cl_sftp_put_attrs(b, version, &name->attrs);
}

bool cl_sftp_says_end(cleat_slice rest, unsigned version)
{
    return version >= 6 && rest.len == 1 && rest.data[0];
}

/* ---- status ---- */

static const struct {
    uint32_t code;
    unsigned version; /* the first that knows it */
    const char *text;
} codes[] = {
#define ROW(name, number, version, sentence) {number, version, sentence},
    CLEAT_SFTP_CODE_MAP(ROW)
#undef ROW
};

const char *cleat_sftp_code_text(uint32_t code)
{
    return code < sizeof codes / sizeof *codes ? codes[code].text : codes[CLEAT_SFTP_FAILURE].text;
}

uint32_t cl_sftp_code_for(uint32_t code, unsigned version)
{
    if (code < sizeof codes / sizeof *codes && codes[code].version <= version)
        return code;
    switch (code) {
    case CLEAT_SFTP_NOT_A_DIRECTORY:
    case CLEAT_SFTP_NO_SUCH_PATH:
        return CLEAT_SFTP_NO_SUCH_FILE;
    case CLEAT_SFTP_WRITE_PROTECT:
    case CLEAT_SFTP_CANNOT_DELETE:
        return CLEAT_SFTP_PERMISSION_DENIED;
    default:
        return CLEAT_SFTP_FAILURE;
    }
}

cleat_slice cl_sftp_status_text(cleat_slice rest, cleat_slice *language)
{
    cl_reader r = cl_reader_of(rest);
    cleat_slice text = cl_get_string(&r);
    *language = cl_get_string(&r);
    return text;
}

static size_t begin_status(cl_buf *b, uint32_t id, unsigned version, uint32_t code,
                           const char *text, const char *language)
{
    size_t mark = cl_put_begin(b);
    cl_put_u8(b, CL_SFTP_status);
    cl_put_u32(b, id);
    cl_put_u32(b, cl_sftp_code_for(code, version));
    cl_put_cstring(b, text ? text : cleat_sftp_code_text(code));
    cl_put_cstring(b, text && language ? language : CL_SFTP_OUR_LANGUAGE);
    return mark;
}

void cl_sftp_put_status(cl_buf *b, uint32_t id, unsigned version, uint32_t code, const char *text,
                        const char *language)
{
    cl_put_end(b, begin_status(b, id, version, code, text, language));
}

void cl_sftp_put_unknown(cl_buf *b, uint32_t id, unsigned version, const cleat_slice *names,
                         size_t count)
{
    size_t mark = begin_status(b, id, version, CLEAT_SFTP_UNKNOWN_PRINCIPAL, NULL, NULL);
    for (size_t i = 0; version >= 5 && i < count; i++)
        cl_put_string(b, names[i]);
    cl_put_end(b, mark);
}
