/* Private files: names, limits and lines that no platform shall see. */
#include "check.h"
#include "fail.h"
#include "file_lines.h"
#include "port_sys.h"

#include <string.h>

static cleat_status check_limits(port_trust trust, size_t limit, cleat_error *error)
{
    if (trust < PORT_TRUST_ANY || trust > PORT_TRUST_SECRET)
        return port_fail(error, CLEAT_E_BAD_CALL, "there is no trust %d", (int)trust);
    if (limit > PORT_FILE_MAX)
        return port_fail(error, CLEAT_E_BAD_CALL, "a limit of %zu bytes is more than %d", limit,
                         PORT_FILE_MAX);
    return CLEAT_OK;
}

static cleat_status check_reading(const char *path, port_trust trust, const char *home,
                                  size_t limit, cleat_error *error)
{
    cleat_status status = port_check_path(path, error);
    if (status == CLEAT_OK && home)
        status = port_check_path(home, error);
    return status == CLEAT_OK ? check_limits(trust, limit, error) : status;
}

cleat_status port_file_read(uint8_t **data, size_t *len, const char *path, port_trust trust,
                            const char *home, size_t limit, cleat_error *error)
{
    *data = NULL;
    *len = 0;
    cleat_status status = check_reading(path, trust, home, limit, error);
    return status < 0 ? status : port_sys_file_read(data, len, path, trust, home, limit, error);
}

cleat_status port_file_read_lines(const char *path, port_trust trust, const char *home,
                                  size_t limit, port_piece_cb take, void *user, cleat_error *error)
{
    int fd = -1;
    cleat_status status = check_reading(path, trust, home, limit, error);
    if (status == CLEAT_OK)
        status = port_sys_file_open(&fd, path, trust, home, error);
    return status < 0 ? status : port_lines_read(fd, path, limit, take, user, error);
}

cleat_status port_file_check(const char *path, port_trust trust, const char *home,
                             cleat_error *error)
{
    cleat_status status = check_reading(path, trust, home, 0, error);
    return status < 0 ? status : port_sys_file_check(path, trust, home, error);
}

static bool is_missing(cleat_slice content)
{
    return !content.data && content.len;
}

cleat_status port_file_swap(const char *path, cleat_slice old, cleat_slice content,
                            const char *backup, cleat_error *error)
{
    cleat_status status = port_check_path(path, error);
    if (status == CLEAT_OK && backup)
        status = port_check_path(backup, error);
    if (status < 0)
        return status;
    if (is_missing(old) || is_missing(content))
        return port_fail(error, CLEAT_E_BAD_CALL, "the content of %s is missing", path);
    return port_sys_file_swap(path, old, content, backup, error);
}

cleat_status port_file_write(const char *path, cleat_slice content, port_access access,
                             cleat_error *error)
{
    cleat_status status = port_check_path(path, error);
    if (status < 0)
        return status;
    if (access != PORT_ACCESS_PRIVATE && access != PORT_ACCESS_PUBLIC)
        return port_fail(error, CLEAT_E_BAD_CALL, "there is no access %d", (int)access);
    if (is_missing(content))
        return port_fail(error, CLEAT_E_BAD_CALL, "the content of %s is missing", path);
    return port_sys_file_write(path, content, access, error);
}

/* A line may hold what a peer chose: two lines would be another's entry. */
static cleat_status check_line(const char *line, cleat_error *error)
{
    char shown[PORT_SHOWN_ROOM];
    if (line && !strpbrk(line, "\r\n"))
        return CLEAT_OK;
    return port_fail(error, CLEAT_E_BAD_CALL, "\"%s\" is not one line", port_shown(shown, line));
}

cleat_status port_file_add_record(const char *path, const char *line, cleat_error *error)
{
    cleat_status status = check_line(line, error);
    if (status == CLEAT_OK)
        status = port_check_path(path, error);
    return status < 0 ? status : port_sys_file_add_record(path, line, error);
}

cleat_status port_file_append(const char *path, const char *line, cleat_error *error)
{
    port_lock *lock;
    cleat_status status = check_line(line, error);
    if (status != CLEAT_OK)
        return status;
    status = port_file_lock(&lock, path, error);
    if (status < 0)
        return status;
    status = port_sys_file_append(path, line, error);
    port_file_unlock(lock);
    return status;
}

cleat_status port_file_lock(port_lock **lock, const char *path, cleat_error *error)
{
    *lock = NULL;
    cleat_status status = port_check_path(path, error);
    return status < 0 ? status : port_sys_file_lock(lock, path, error);
}

cleat_status port_dir_create(const char *path, cleat_error *error)
{
    cleat_status status = port_check_path(path, error);
    return status < 0 ? status : port_sys_dir_create(path, error);
}
