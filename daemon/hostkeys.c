/* The daemon's host keys: those that are configured, or one of its own that the first start makes.
 */
#include "server.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_FILE_MAX = 64 << 10 };

static cleat_status load_one(server *s, const char *path, cleat_error *error)
{
    uint8_t *data = NULL;
    size_t len = 0;
    if (s->host_key_count == SERVER_KEYS_MAX)
        return CLEAT_E_LIMIT;
    cleat_status st =
        port_file_read(&data, &len, path, PORT_TRUST_SECRET, NULL, KEY_FILE_MAX, error);
    if (st != CLEAT_OK)
        return st;
    st = cleat_key_read_private(&s->host_keys[s->host_key_count], s->ctx, (cleat_slice){data, len},
                                NULL, path, error);
    port_free_secret(data, len);
    if (st == CLEAT_OK)
        s->host_key_count++;
    return st;
}

static cleat_status make(server *s, const char *path, cleat_error *error)
{
    cleat_key *key = NULL;
    cleat_bytes file = {0};
    cleat_status st = port_dir_create(s->state_dir, error);
    if (st == CLEAT_OK)
        st = cleat_key_generate(&key, s->ctx, "ed25519", 0, "cleatd host key", error);
    if (st == CLEAT_OK)
        st = cleat_key_write_private(key, NULL, 0, &file, error);
    if (st == CLEAT_OK)
        st = port_file_write(path, (cleat_slice){file.data, file.len}, PORT_ACCESS_PRIVATE, error);
    if (st == CLEAT_OK)
        log_line(CLEAT_LOG_INFO, "Made a host key: %s", path);
    cleat_bytes_free(&file);
    cleat_key_unref(key);
    return st;
}

cleat_status hostkeys_load(server *s, cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < s->settings.host_keys.count && st == CLEAT_OK; i++)
        st = load_one(s, s->settings.host_keys.items[i], error);
    if (st != CLEAT_OK || s->host_key_count)
        return st;
    char *path = text_format("%s/ssh_host_ed25519_key", s->state_dir);
    if (!path)
        return CLEAT_E_NOMEM;
    st = load_one(s, path, error);
    if (st == CLEAT_E_NO_SUCH)
        st = make(s, path, error) == CLEAT_OK ? load_one(s, path, error) : error->status;
    free(path);
    return st;
}
