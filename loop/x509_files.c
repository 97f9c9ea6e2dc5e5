/* Authorities of X.509 from files. */
#include "port.h"
#include "stream.h"

#include <cleat/x509_files.h>

#include <string.h>
#include <uv.h>

enum { FILE_MAX = 64 << 20, HASH_LEN = 8 };

static cleat_status add_file(cleat_x509_store *store, cleat_x509_content content, const char *path,
                             cleat_error *error)
{
    uint8_t *data;
    size_t len;
    cleat_error why = {0};
    cleat_status st = port_file_read(&data, &len, path, PORT_TRUST_REGULAR, NULL, FILE_MAX, error);
    if (st != CLEAT_OK)
        return st;
    const cleat_slice file = {data, len};
    st = content == CLEAT_X509_CRLS ? cleat_x509_store_add_crl(store, file, &why)
                                    : cleat_x509_store_add(store, file, &why);
    port_free(data);
    return st == CLEAT_OK ? st : loop_fail(error, st, "%.250s: %.220s", path, why.text);
}

/* "0123abcd.0", or "0123abcd.r0" of lists. */
static bool is_hashed(const char *name, cleat_x509_content content)
{
    size_t hash = strspn(name, "0123456789abcdefABCDEF");
    if (hash != HASH_LEN || name[hash] != '.')
        return false;
    const char *number = name + hash + 1;
    if (content == CLEAT_X509_CRLS && *number++ != 'r')
        return false;
    return *number && !number[strspn(number, "0123456789")];
}

static cleat_status add_entry(cleat_x509_store *store, cleat_x509_content content,
                              const char *folder, const char *name, cleat_error *error)
{
    char *path = NULL;
    if (!is_hashed(name, content))
        return CLEAT_OK;
    cleat_status st = port_path_join(&path, folder, name, error);
    if (st == CLEAT_OK)
        st = add_file(store, content, path, error);
    port_free(path);
    return st;
}

static cleat_status add_folder(cleat_x509_store *store, cleat_x509_content content, uv_fs_t *list,
                               const char *path, cleat_error *error)
{
    uv_dirent_t entry;
    cleat_status st = CLEAT_OK;
    while (st == CLEAT_OK && uv_fs_scandir_next(list, &entry) == 0)
        st = add_entry(store, content, path, entry.name, error);
    return st;
}

cleat_status cleat_x509_store_load(cleat_x509_store *store, cleat_x509_content content,
                                   const char *path, cleat_error *error)
{
    uv_fs_t list;
    int rc = uv_fs_scandir(NULL, &list, path, 0, NULL);
    cleat_status st = rc < 0 ? add_file(store, content, path, error)
                             : add_folder(store, content, &list, path, error);
    uv_fs_req_cleanup(&list);
    return st;
}
