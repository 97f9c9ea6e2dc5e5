/* The fields of security keys. */
#include "key_sk.h"

#include "../base/error.h"
#include "../wire/writer.h"

/* A handle is 255 bytes at most in U2F; newer devices stay far below this. */
enum { APPLICATION_MAX = 1024, HANDLE_MAX = 8192 };

void cl_sk_init(cl_sk *sk, const cleat_allocator *mem)
{
    *sk = (cl_sk){
        .application = CL_BUF(mem), .handle = CL_BUF_SECRET(mem), .reserved = CL_BUF_SECRET(mem)};
}

void cl_sk_free(cl_sk *sk)
{
    cl_buf_free(&sk->application);
    cl_buf_free(&sk->handle);
    cl_buf_free(&sk->reserved);
}

cleat_status cl_sk_copy(cl_sk *to, const cl_sk *from)
{
    cl_buf_add_slice(&to->application, cl_buf_slice(&from->application));
    cl_buf_add_slice(&to->handle, cl_buf_slice(&from->handle));
    cl_buf_add_slice(&to->reserved, cl_buf_slice(&from->reserved));
    to->flags = from->flags;
    bool whole = cl_buf_text(&to->application) && to->handle.status == CLEAT_OK &&
                 to->reserved.status == CLEAT_OK;
    return whole ? CLEAT_OK : CLEAT_E_NOMEM;
}

cleat_status cl_sk_read_public(cl_sk *sk, cl_reader *r, cleat_error *err)
{
    cleat_slice application = cl_get_text(r);
    if (r->fault != CLEAT_OK || application.len > APPLICATION_MAX)
        return cl_fail(err, CLEAT_E_KEY_FORMAT,
                       "security key: expected an application of at most %d bytes behind the "
                       "public key",
                       APPLICATION_MAX);
    cl_buf_add_slice(&sk->application, application);
    if (!cl_buf_text(&sk->application))
        return cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    return CLEAT_OK;
}

cleat_status cl_sk_read_private(cl_sk *sk, cl_reader *r, cleat_error *err)
{
    cleat_status st = cl_sk_read_public(sk, r, err);
    if (st != CLEAT_OK)
        return st;
    sk->flags = cl_get_u8(r);
    cleat_slice handle = cl_get_string(r);
    cleat_slice reserved = cl_get_string(r);
    if (r->fault != CLEAT_OK || handle.len == 0 || handle.len > HANDLE_MAX ||
        reserved.len > HANDLE_MAX)
        return cl_fail(err, CLEAT_E_KEY_FORMAT,
                       "security key: expected flags and a handle of 1 to %d bytes behind the "
                       "application",
                       HANDLE_MAX);
    cl_buf_add_slice(&sk->handle, handle);
    cl_buf_add_slice(&sk->reserved, reserved);
    if (sk->handle.status != CLEAT_OK || sk->reserved.status != CLEAT_OK)
        return cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    return CLEAT_OK;
}

void cl_sk_put_public(const cl_sk *sk, cl_buf *out)
{
    cl_put_string(out, cl_buf_slice(&sk->application));
}

void cl_sk_put_private(const cl_sk *sk, cl_buf *out)
{
    cl_sk_put_public(sk, out);
    cl_put_u8(out, sk->flags);
    cl_put_string(out, cl_buf_slice(&sk->handle));
    cl_put_string(out, cl_buf_slice(&sk->reserved));
}
