/* How a session begins: the server's version, a better one where it offers one, its limits. */
#include "sftp_client.h"

#include "../base/error.h"
#include "../base/slice.h"

#include <stdio.h>
#include <string.h>

static cleat_status started(cleat_sftp *s, const cleat_sftp_answer **answer)
{
    s->phase = CL_SFTP_OPEN;
    s->answer = (cleat_sftp_answer){.request = CLEAT_SFTP_REQ_START,
                                    .code = CLEAT_SFTP_OK,
                                    .text = cleat_sftp_code_text(CLEAT_SFTP_OK),
                                    .language = CL_SFTP_OUR_LANGUAGE};
    *answer = &s->answer;
    return CLEAT_OK;
}

/* The request's fields are a text, or nothing. */
static cleat_status ask_extension(cleat_sftp *s, const char *name, const char *field)
{
    cleat_status st;
    size_t mark = s->out.len;
    cl_sftp_asked *a = cl_sftp_ask(s, CLEAT_SFTP_REQ_START, NULL, &st);
    if (!a)
        return st;
    size_t packet = cl_put_begin(&s->out);
    cl_put_u8(&s->out, CL_SFTP_extended);
    cl_put_u32(&s->out, a->id);
    cl_put_cstring(&s->out, name);
    if (field)
        cl_put_cstring(&s->out, field);
    cl_put_end(&s->out, packet);
    return cl_sftp_queue(s, a, mark, NULL, 0);
}

static cleat_status ask_limits(cleat_sftp *s, const cleat_sftp_answer **answer)
{
    if (!(s->features & CL_SFTP_HAS_LIMITS))
        return started(s, answer);
    s->asked_limits = true;
    return ask_extension(s, CL_SFTP_NAME_limits, NULL);
}

static bool lists_version(cleat_slice versions, unsigned wanted)
{
    char text[2];
    cleat_slice one;
    snprintf(text, sizeof text, "%u", wanted % 10);
    while (cl_slice_split(&versions, ',', &one)) {
        if (cl_slice_is(cl_slice_trim(one), text))
            return true;
    }
    return false;
}

/* What cannot be more than this side handles. */
static uint32_t limit(uint64_t theirs, uint32_t unset)
{
    if (!theirs)
        return unset;
    return theirs < CL_SFTP_DATA_MAX ? (uint32_t)theirs : CL_SFTP_DATA_MAX;
}

/* What the server says comes first; then, that it is one of those with OpenSSH's extensions, which
 * do as OpenSSH does whoever runs them, but for the ones known by name. */
static void take_order(cleat_sftp *s, const cl_sftp_hello *hello)
{
    const uint32_t openssh = CL_SFTP_HAS_POSIX_RENAME | CL_SFTP_HAS_STATVFS | CL_SFTP_HAS_HARDLINK;
    if (cl_slice_is(hello->symlink_order, CL_SFTP_LINK_FIRST))
        s->symlink_order = CL_SFTP_AS_DRAFT;
    else if (cl_slice_is(hello->symlink_order, CL_SFTP_TARGET_FIRST))
        s->symlink_order = CL_SFTP_REVERSED;
    else if (s->symlink_order == CL_SFTP_ORDER_UNKNOWN && (hello->features & openssh))
        s->symlink_order = CL_SFTP_REVERSED;
}

static void take_hello(cleat_sftp *s, const cl_sftp_hello *hello)
{
    s->version = hello->version;
    s->features = hello->features;
    if (s->is_proftpd) /* 1.3.8 answers without a type and an id */
        s->features &= ~(uint32_t)CL_SFTP_HAS_HOME_DIRECTORY;
    s->says_check_file = hello->says_check_file;
    s->acl = hello->acl;
    take_order(s, hello);
    if (hello->newline.len <= sizeof s->newline) {
        memcpy(s->newline, hello->newline.data, hello->newline.len);
        s->newline_len = hello->newline.len;
    }
    if (hello->charset.len && hello->charset.len < sizeof s->charset)
        memcpy(s->charset, hello->charset.data, hello->charset.len);
    if (hello->has_supported)
        s->limits.read = limit(hello->supported.read_max, s->limits.read);
}

cleat_status cl_sftp_on_version(cleat_sftp *s, cleat_slice packet, const cleat_sftp_answer **answer)
{
    cl_sftp_head head;
    cl_sftp_hello hello;
    cleat_status st = cl_sftp_read_head(packet, &head);
    if (st == CLEAT_OK)
        st = cl_sftp_read_version(&head, &hello);
    if (st != CLEAT_OK)
        return cl_fail(&s->error, st, "SFTP: the server's first message is malformed");
    if (hello.version < CLEAT_SFTP_VERSION_MIN || hello.version > s->wanted)
        return cl_fail(&s->error, CLEAT_E_UNSUPPORTED,
                       "SFTP: the server speaks version %u where %u was asked for",
                       (unsigned)hello.version, s->wanted);
    take_hello(s, &hello);
    s->phase = CL_SFTP_ASKING;
    if (s->version == s->wanted || !lists_version(hello.versions, s->wanted))
        return ask_limits(s, answer);
    char number[16];
    snprintf(number, sizeof number, "%u", s->wanted);
    return ask_extension(s, CL_SFTP_NAME_version_select, number);
}

static void take_limits(cleat_sftp *s, const cl_sftp_limits_reply *m)
{
    s->limits.read = limit(m->read_max, s->limits.read);
    s->limits.write = limit(m->write_max, s->limits.write);
    s->limits.handles = m->handles_max;
}

/* A status is version-select's answer, or says that there are no limits after all. */
static cleat_status on_status(cleat_sftp *s, const cl_sftp_head *head,
                              const cleat_sftp_answer **answer)
{
    cl_sftp_status m;
    cleat_status st = cl_sftp_decode_status(head->fields, s->version, &m);
    if (st != CLEAT_OK)
        return st;
    if (s->asked_limits)
        return started(s, answer);
    if (m.code == CLEAT_SFTP_OK)
        s->version = s->wanted;
    return ask_limits(s, answer);
}

cleat_status cl_sftp_on_start(cleat_sftp *s, const cl_sftp_head *head,
                              const cleat_sftp_answer **answer)
{
    cl_sftp_limits_reply m;
    if (head->type == CL_SFTP_status)
        return on_status(s, head, answer);
    if (head->type != CL_SFTP_extended_reply || !s->asked_limits)
        return CLEAT_E_PROTO;
    cleat_status st = cl_sftp_decode_limits_reply(head->fields, s->version, &m);
    if (st == CLEAT_OK) {
        take_limits(s, &m);
        st = started(s, answer);
    }
    return st;
}
