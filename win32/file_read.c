/* Reading a private or trusted file whole. What is checked is the open file, not its name. A
 * directory others can write to lets them put their own file there, but not one we own: so the
 * check of the owner stands in for that of the directories above. */
#include "port_sys.h"

#include "acl_file.h"
#include "fail.h"
#include "pipe.h"
#include "wide.h"

#include <stdlib.h>

static cleat_status read_all(uint8_t **data, size_t *len, HANDLE file, const char *path,
                             size_t limit, cleat_error *error)
{
    LARGE_INTEGER size;
    if (!GetFileSizeEx(file, &size))
        return port_fail_last(error, "cannot look at %s", path);
    if (size.QuadPart < 0 || (uint64_t)size.QuadPart > limit)
        return port_fail(error, CLEAT_E_LIMIT, "%s is larger than %zu bytes", path, limit);
    size_t room = (size_t)size.QuadPart;
    uint8_t *bytes = malloc(room + 1);
    if (!bytes)
        return port_fail_memory(error);
    size_t used = 0;
    DWORD n = 0;
    BOOL
    good = TRUE;
    while (used < room && (good = ReadFile(file, bytes + used, (DWORD)(room - used), &n, NULL)) &&
           n)
        used += n;
    if (!good) {
        cleat_status status = port_fail_last(error, "cannot read %s", path);
        port_free_secret(bytes, used);
        return status;
    }
    bytes[used] = 0;
    *data = bytes;
    *len = used;
    return CLEAT_OK;
}

static cleat_status open_checked(HANDLE *file, const char *path, port_trust trust,
                                 cleat_error *error)
{
    wchar_t *wide = port_wide_path(path);
    if (!wide)
        return port_fail_wide(error, path);
    *file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                        NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    free(wide);
    if (*file == INVALID_HANDLE_VALUE)
        return port_fail_last(error, "cannot open %s", path);
    cleat_status status;
    if (GetFileType(*file) != FILE_TYPE_DISK)
        status = port_fail(error, CLEAT_E_IO, "%s is not a regular file", path);
    else
        status = port_acl_check_file(*file, path, trust, error);
    if (status != CLEAT_OK)
        CloseHandle(*file);
    return status;
}

cleat_status port_sys_file_open(int *fd, const char *path, port_trust trust, const char *home,
                                cleat_error *error)
{
    HANDLE file;
    (void)home;
    cleat_status status = open_checked(&file, path, trust, error);
    if (status != CLEAT_OK)
        return status;
    *fd = port_handle_fd(file);
    return *fd >= 0 ? CLEAT_OK : port_fail(error, CLEAT_E_LIMIT, "too many open files");
}

cleat_status port_sys_file_check(const char *path, port_trust trust, const char *home,
                                 cleat_error *error)
{
    HANDLE file;
    (void)home;
    cleat_status status = open_checked(&file, path, trust, error);
    if (status == CLEAT_OK)
        CloseHandle(file);
    return status;
}

cleat_status port_sys_file_read(uint8_t **data, size_t *len, const char *path, port_trust trust,
                                const char *home, size_t limit, cleat_error *error)
{
    HANDLE file;
    (void)home;
    cleat_status status = open_checked(&file, path, trust, error);
    if (status != CLEAT_OK)
        return status;
    status = read_all(data, len, file, path, limit, error);
    CloseHandle(file);
    return status;
}
