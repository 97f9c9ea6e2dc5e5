/* Filling in a cleat_error. */
#include "error.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>

/* The peer chooses part of many texts, and programs print them on a terminal or as one line. */
static void make_one_line(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = '?';
    }
}

cleat_status cl_fail(cleat_error *err, cleat_status status, const char *format, ...)
{
    if (!err)
        return status;
    *err = (cleat_error){.status = status};
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    make_one_line(err->text);
    return status;
}

cleat_status cl_fail_crypto(cleat_error *err, const char *what)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    bool nomem = code && ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    ERR_clear_error();
    cleat_status status = nomem ? CLEAT_E_NOMEM : CLEAT_E_CRYPTO;
    cl_fail(err, status, "%s: %s", what, reason ? reason : "cryptographic failure");
    if (err)
        err->lib_error = code;
    return status;
}

void cl_error_clear(cleat_error *err)
{
    *err = (cleat_error){.status = CLEAT_OK};
}
