/* REALPATH with paths to compose and a check, in every version. Version 6 asks for all of it at
 * once (draft-13 §8.9). Below, the paths are joined here, and a STAT of the name that came is the
 * check: two requests, of which the caller sees one answer. */
#include "sftp_client.h"

#include "../base/alloc.h"
#include "../base/slice.h"

/* ---- asking ---- */

static void join(cl_buf *path, cleat_slice part)
{
    if (!part.len)
        return;
    if (part.data[0] == '/')
        cl_buf_truncate(path, 0);
    else if (path->len && path->data[path->len - 1] != '/')
        cl_buf_add_byte(path, '/');
    cl_buf_add_slice(path, part);
}

static void join_all(cl_buf *path, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        join(path, cleat_slice_of(parts[i]));
}

/* The control byte may be left out, but AsyncSSH waits for it. */
static void put_how(cl_buf *how, cleat_sftp_check check, const char *const *parts, size_t count)
{
    cl_put_u8(how, (uint8_t)check);
    for (size_t i = 0; i < count; i++)
        cl_put_cstring(how, parts[i]);
}

static cleat_status ask(cleat_sftp *s, cl_buf *path, cl_buf *how, cleat_sftp_check check, void *tag)
{
    cleat_status st = path->status == CLEAT_OK ? how->status : path->status;
    size_t mark = s->out.len;
    cl_sftp_asked *a = st == CLEAT_OK ? cl_sftp_ask(s, CLEAT_SFTP_REQ_NAMES, tag, &st) : NULL;
    if (!a)
        return st;
    const cl_sftp_realpath m = {.path = cl_buf_slice(path), .how = cl_buf_slice(how)};
    a->wants_one = true;
    if (s->version < 6 && check != CLEAT_SFTP_CHECK_NONE)
        a->check = check;
    cl_sftp_encode_realpath(&s->out, a->id, s->version, &m);
    return cl_sftp_queue(s, a, mark, NULL, 0);
}

cleat_status cleat_sftp_compose(cleat_sftp *s, const char *path, const char *const *further,
                                size_t count, cleat_sftp_check check, void *tag)
{
    if (s->phase != CL_SFTP_OPEN || count > CLEAT_SFTP_COMPOSE_MAX ||
        check < CLEAT_SFTP_CHECK_NONE || check > CLEAT_SFTP_CHECK_ALWAYS)
        return CLEAT_E_BAD_CALL;
    cl_buf whole = CL_BUF(s->mem), how = CL_BUF(s->mem);
    cl_buf_add_text(&whole, path);
    bool joins = s->version < 6 || s->is_proftpd; /* which passes over them */
    if (joins)
        join_all(&whole, further, count);
    if (s->version >= 6)
        put_how(&how, check, further, joins ? 0 : count);
    cleat_status st = ask(s, &whole, &how, check, tag);
    cl_buf_free(&whole);
    cl_buf_free(&how);
    return st;
}

cleat_status cleat_sftp_realpath(cleat_sftp *s, const char *path, cleat_sftp_check check, void *tag)
{
    return cleat_sftp_compose(s, path, NULL, 0, check, tag);
}

/* ---- the check ---- */

cleat_status cl_sftp_check_name(cleat_sftp *s, cleat_sftp_check check, void *tag)
{
    cleat_status st;
    const cl_sftp_stat m = {.path = s->answer.names[0].name,
                            .wanted = cl_sftp_known_attrs(s->version)};
    size_t mark = s->out.len;
    cl_sftp_asked *a = cl_sftp_ask(s, CLEAT_SFTP_REQ_ATTRS, tag, &st);
    if (!a)
        return st;
    a->check = check;
    a->checked = cl_alloc_text(s->mem, m.path);
    if (!a->checked) {
        cl_sftp_forget(s, a);
        return CLEAT_E_NOMEM;
    }
    cl_sftp_encode_stat(&s->out, a->id, s->version, &m);
    return cl_sftp_queue(s, a, mark, NULL, 0);
}

/* A path that cannot be looked at is of unknown type, unless it has to be there. */
cleat_status cl_sftp_on_checked(cleat_sftp *s, const cl_sftp_asked *a)
{
    bool there = s->answer.code == CLEAT_SFTP_OK;
    if (!there && a->check == CLEAT_SFTP_CHECK_ALWAYS) {
        s->answer.request = CLEAT_SFTP_REQ_NAMES;
        return CLEAT_OK;
    }
    cleat_sftp_name *name = cl_arena_get(&s->arena, sizeof *name);
    cleat_slice path = cl_arena_copy(&s->arena, cleat_slice_of(a->checked));
    if (s->arena.status != CLEAT_OK)
        return s->arena.status;
    *name =
        (cleat_sftp_name){.name = path, .long_name = path, .attrs = {.type = CLEAT_SFTP_UNKNOWN}};
    if (there)
        name->attrs = s->attrs;
    s->answer = (cleat_sftp_answer){.request = CLEAT_SFTP_REQ_NAMES,
                                    .tag = a->tag,
                                    .code = CLEAT_SFTP_OK,
                                    .text = cleat_sftp_code_text(CLEAT_SFTP_OK),
                                    .language = CL_SFTP_OUR_LANGUAGE,
                                    .names = name,
                                    .name_count = 1};
    return CLEAT_OK;
}
