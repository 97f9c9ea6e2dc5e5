/* A small server's host key. */
#include "port.h"
#include "stream.h"

#include <cleat/easy.h>

enum { FILE_MAX = 64 << 10 };

static cleat_status make(cleat_key **out, cleat_ctx *ctx, const char *path, cleat_error *error)
{
    cleat_bytes text = {0};
    cleat_status st = cleat_key_generate(out, ctx, "ed25519", 0, NULL, error);
    if (st == CLEAT_OK)
        st = cleat_key_write(*out, CLEAT_KEY_OPENSSH, NULL, &text, error);
    if (st == CLEAT_OK)
        st = port_file_write(path, (cleat_slice){text.data, text.len}, PORT_ACCESS_PRIVATE, error);
    cleat_bytes_free(&text);
    return st;
}

static cleat_status read_or_make(cleat_key **out, cleat_ctx *ctx, const char *path,
                                 cleat_error *error)
{
    uint8_t *data;
    size_t len;
    cleat_status st = port_file_read(&data, &len, path, PORT_TRUST_SECRET, NULL, FILE_MAX, error);
    if (st == CLEAT_E_NO_SUCH)
        return make(out, ctx, path, error);
    if (st != CLEAT_OK)
        return st;
    st = cleat_key_read_private(out, ctx, (cleat_slice){data, len}, NULL, path, error);
    port_free_secret(data, len);
    return st;
}

cleat_status cleat_easy_host_key(cleat_key **out, cleat_ctx *ctx, const char *path,
                                 cleat_error *error)
{
    cleat_ctx *own = NULL;
    cleat_status st = ctx ? CLEAT_OK : cleat_ctx_new(&own, NULL);
    *out = NULL;
    if (st == CLEAT_OK)
        st = read_or_make(out, ctx ? ctx : own, path, error);
    cleat_ctx_unref(own);
    if (st != CLEAT_OK) {
        cleat_key_unref(*out);
        *out = NULL;
    }
    return st;
}
