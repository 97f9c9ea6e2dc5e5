/* Changing files so that no reader and no crash sees half of it. */
#include "port_sys.h"

#include "acl_file.h"
#include "fail.h"
#include "file_edit.h"
#include "pipe.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>
#include <wctype.h>

struct port_lock {
    HANDLE mutex;
};

/* A new file, private from its first moment if it shall be. */
static HANDLE create(const wchar_t *path, DWORD access, DWORD how, bool is_private)
{
    SECURITY_ATTRIBUTES rules = {.nLength = sizeof rules};
    if (is_private) {
        rules.lpSecurityDescriptor = port_acl_private(false);
        if (!rules.lpSecurityDescriptor)
            return INVALID_HANDLE_VALUE;
    }
    HANDLE file = CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_DELETE, &rules, how,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    DWORD failure = GetLastError();
    LocalFree(rules.lpSecurityDescriptor);
    SetLastError(failure);
    return file;
}

static bool write_all(HANDLE file, const uint8_t *data, size_t len)
{
    while (len > 0) {
        DWORD part = len > 1 << 20 ? 1 << 20 : (DWORD)len, n = 0;
        if (!WriteFile(file, data, part, &n, NULL) || n == 0)
            return false;
        data += n;
        len -= n;
    }
    return true;
}

/* ---- Replace --------------------------------------------------------------------------------- */

/* ReplaceFile hands the old file's access list on to the new one; a missing one is moved to. */
static bool put_in_place(const wchar_t *path, const wchar_t *temporary)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY)) {
        SetLastError(ERROR_ACCESS_DENIED);
        return false;
    }
    if (attributes != INVALID_FILE_ATTRIBUTES)
        return ReplaceFileW(path, temporary, NULL, REPLACEFILE_IGNORE_MERGE_ERRORS, NULL, NULL);
    return MoveFileExW(temporary, path, MOVEFILE_WRITE_THROUGH);
}

/* A file that is to come into being whole. */
typedef struct replacement {
    const char *path;
    cleat_slice content;
    port_access access;     /* where there is no such file */
    const cleat_slice *old; /* the only content that may be replaced; NULL: any */
} replacement;

static cleat_status replace_by(const wchar_t *path, const wchar_t *temporary, const replacement *r,
                               cleat_error *error)
{
    HANDLE file = create(temporary, GENERIC_WRITE, CREATE_NEW, r->access == PORT_ACCESS_PRIVATE);
    if (file == INVALID_HANDLE_VALUE)
        return port_fail_last(error, "cannot make a file beside %s", r->path);
    cleat_status status = CLEAT_OK;
    if (!write_all(file, r->content.data, r->content.len) || !FlushFileBuffers(file))
        status = port_fail_last(error, "cannot write the new %s", r->path);
    CloseHandle(file);
    if (status == CLEAT_OK && r->old && !port_file_is(r->path, *r->old))
        status = port_fail(error, CLEAT_E_STALE, "%s has been changed meanwhile", r->path);
    else if (status == CLEAT_OK && !put_in_place(path, temporary))
        status = port_fail_last(error, "cannot replace %s", r->path);
    if (status < 0)
        DeleteFileW(temporary);
    return status;
}

static cleat_status replace(const replacement *r, cleat_error *error)
{
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    char *beside =
        port_format("%s.%lx%llx", r->path, GetCurrentProcessId(), (unsigned long long)now.QuadPart);
    wchar_t *wide = port_wide_path(r->path);
    wchar_t *temporary = beside ? port_wide_path(beside) : NULL;
    cleat_status status =
        wide && temporary ? replace_by(wide, temporary, r, error) : port_fail_wide(error, r->path);
    free(temporary);
    free(wide);
    free(beside);
    return status;
}

cleat_status port_sys_file_write(const char *path, cleat_slice content, port_access access,
                                 cleat_error *error)
{
    const replacement r = {.path = path, .content = content, .access = access};
    return replace(&r, error);
}

cleat_status port_sys_file_swap(const char *path, cleat_slice old, cleat_slice content,
                                const char *backup, cleat_error *error)
{
    const replacement copy = {.path = backup, .content = old, .access = PORT_ACCESS_PRIVATE};
    const replacement r = {.path = path, .content = content, .old = &old};
    cleat_status status = backup ? replace(&copy, error) : CLEAT_OK;
    return status == CLEAT_OK ? replace(&r, error) : status;
}

/* ---- Append ---------------------------------------------------------------------------------- */

/* A last line without its newline would swallow ours. Leaves the file at its end. */
static bool ends_in_newline(HANDLE file)
{
    LARGE_INTEGER size, last = {.QuadPart = -1};
    char byte = '\n';
    DWORD n = 0;
    if (!GetFileSizeEx(file, &size) || size.QuadPart == 0)
        return true;
    SetFilePointerEx(file, last, NULL, FILE_END);
    return ReadFile(file, &byte, 1, &n, NULL) && n == 1 && byte == '\n';
}

/* Half a line is taken back. */
static cleat_status write_line(HANDLE file, const char *path, const char *text, cleat_error *error)
{
    LARGE_INTEGER end = {0};
    (void)GetFileSizeEx(file, &end);
    if (write_all(file, (const uint8_t *)text, strlen(text)))
        return CLEAT_OK;
    cleat_status status = port_fail_last(error, "cannot write %s", path);
    if (SetFilePointerEx(file, end, NULL, FILE_BEGIN))
        SetEndOfFile(file);
    return status;
}

cleat_status port_sys_file_append(const char *path, const char *line, cleat_error *error)
{
    wchar_t *wide = port_wide_path(path);
    if (!wide)
        return port_fail_wide(error, path);
    HANDLE file = create(wide, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS, true);
    free(wide);
    if (file == INVALID_HANDLE_VALUE)
        return port_fail_last(error, "cannot open %s", path);
    char *text = port_format("%s%s\n", ends_in_newline(file) ? "" : "\n", line);
    cleat_status status = text ? write_line(file, path, text, error) : port_fail_memory(error);
    free(text);
    CloseHandle(file);
    return status;
}

/* One process alone writes records here. */
cleat_status port_sys_file_add_record(const char *path, const char *line, cleat_error *error)
{
    return port_sys_file_append(path, line, error);
}

/* ---- Lock and directories -------------------------------------------------------------------- */

/* The folder a path lies in, whole; released with free. NULL with GetLastError(). */
static wchar_t *directory_of(const wchar_t *path)
{
    DWORD room = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *full = room ? malloc(room * sizeof *full) : NULL;
    if (!full || GetFullPathNameW(path, room, full, NULL) >= room) {
        free(full);
        return NULL;
    }
    wchar_t *slash = wcsrchr(full, L'\\');
    if (slash)
        *slash = L'\0';
    return full;
}

/* One name for a directory, whatever way it is written. A clash of two directories would only make
 * one editor wait for the other. */
static HANDLE open_mutex(const wchar_t *path)
{
    wchar_t name[64], *directory = directory_of(path);
    if (!directory)
        return NULL;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const wchar_t *at = directory; *at; at++)
        hash = (hash ^ (uint64_t)towlower(*at)) * 1099511628211u;
    free(directory);
    _snwprintf(name, 64, L"Global\\cleat-edit-%08lx%08lx", (unsigned long)(hash >> 32),
               (unsigned long)(hash & 0xffffffff));
    return CreateMutexW(NULL, FALSE, name);
}

cleat_status port_sys_file_lock(port_lock **lock, const char *path, cleat_error *error)
{
    wchar_t *wide = port_wide(path);
    if (!wide)
        return port_fail_wide(error, path);
    port_lock *made = malloc(sizeof *made);
    HANDLE mutex = made ? open_mutex(wide) : NULL;
    free(wide);
    if (!made)
        return port_fail_memory(error);
    /* A holder that died left the files whole: every edit is a replacement. */
    if (!mutex || WaitForSingleObject(mutex, INFINITE) == WAIT_FAILED) {
        cleat_status status = port_fail_last(error, "cannot lock %s", path);
        port_handle_close(&mutex);
        free(made);
        return status;
    }
    made->mutex = mutex;
    *lock = made;
    return CLEAT_OK;
}

void port_file_unlock(port_lock *lock)
{
    if (!lock)
        return;
    ReleaseMutex(lock->mutex);
    CloseHandle(lock->mutex);
    free(lock);
}

static bool is_directory(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

static bool make_level(const char *path, SECURITY_ATTRIBUTES *rules)
{
    wchar_t *wide = port_wide_path(path);
    if (!wide)
        return false;
    bool there = is_directory(wide) || CreateDirectoryW(wide, rules);
    DWORD failure = GetLastError();
    free(wide);
    SetLastError(failure);
    return there;
}

/* Drive letters and shares exist or cannot be made, so they are passed over. */
static bool make_levels(char *path, SECURITY_ATTRIBUTES *rules)
{
    size_t start = path[0] && path[1] == ':' ? 3 : 1;
    if (strlen(path) < start)
        return true;
    for (char *at = path + start; *at; at++) {
        if (*at != '/' && *at != '\\')
            continue;
        char separator = *at;
        *at = '\0';
        bool there = make_level(path, rules);
        *at = separator;
        if (!there)
            return false;
    }
    return make_level(path, rules);
}

cleat_status port_sys_dir_create(const char *path, cleat_error *error)
{
    SECURITY_ATTRIBUTES rules = {.nLength = sizeof rules,
                                 .lpSecurityDescriptor = port_acl_private(true)};
    char *each = port_format("%s", path);
    cleat_status status = CLEAT_OK;
    if (!each || !rules.lpSecurityDescriptor)
        status = port_fail_memory(error);
    else if (!make_levels(each, &rules))
        status = port_fail_last(error, "cannot make the directory %s", path);
    LocalFree(rules.lpSecurityDescriptor);
    free(each);
    return status;
}
