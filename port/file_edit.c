/* Changing a file that others may change at the same time. */
#include "file_edit.h"

#include "fail.h"
#include "port.h"

#include <string.h>

/* How often another program may be quicker. */
enum { TRIES = 16 };

static bool same(cleat_slice a, cleat_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool port_file_is(const char *path, cleat_slice content)
{
    uint8_t *data;
    size_t len;
    bool is =
        port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, content.len, NULL) == CLEAT_OK &&
        same((cleat_slice){data, len}, content);
    port_free(data);
    return is;
}

/* Everything between the lock's two ends, once. */
static cleat_status try(const char *path, size_t limit, const char *backup, port_editor change,
                        void *user, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    cleat_bytes out = {0};
    cleat_status status = port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, limit, error);
    if (status != CLEAT_OK)
        return status;
    cleat_slice old = {data, len};
    status = change(user, old, &out);
    cleat_slice content = {out.data, out.len};
    if (status == CLEAT_OK && out.data && !same(old, content))
        status = port_file_swap(path, old, content, backup, error);
    cleat_bytes_free(&out);
    port_free(data);
    return status;
}

cleat_status port_file_edit(const char *path, size_t limit, const char *backup, port_editor change,
                            void *user, cleat_error *error)
{
    port_lock *lock;
    cleat_status status = port_file_lock(&lock, path, error);
    if (status != CLEAT_OK)
        return status;
    status = CLEAT_E_STALE;
    for (int i = 0; i < TRIES && status == CLEAT_E_STALE; i++)
        status = try(path, limit, backup, change, user, error);
    port_file_unlock(lock);
    return status;
}
