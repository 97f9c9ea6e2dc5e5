/* Text between UTF-8 and UTF-16. */
#include "wide.h"

#include "fail.h"
#include "names.h"

#include <stdlib.h>
#include <windows.h>

/* Below this length a path needs no prefix (MAX_PATH less room for an 8.3 name). */
enum { SHORT_ENOUGH = 248 };

wchar_t *port_wide(const char *text)
{
    int len = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    wchar_t *wide = len > 0 ? malloc((size_t)len * sizeof *wide) : NULL;
    if (wide)
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, len);
    return wide;
}

char *port_narrow(const wchar_t *text)
{
    int len = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, NULL, 0, NULL, NULL);
    char *narrow = len > 0 ? malloc((size_t)len) : NULL;
    if (narrow)
        WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, narrow, len, NULL, NULL);
    return narrow;
}

static wchar_t *with_prefix(const wchar_t *full)
{
    static const wchar_t local[] = L"\\\\?\\", remote[] = L"\\\\?\\UNC";
    bool is_unc = full[0] == L'\\' && full[1] == L'\\';
    const wchar_t *rest = is_unc ? full + 1 : full;
    size_t room = wcslen(full) + sizeof remote / sizeof remote[0];
    wchar_t *path = malloc(room * sizeof *path);
    if (path) {
        wcscpy(path, is_unc ? remote : local);
        wcscat(path, rest);
    }
    return path;
}

wchar_t *port_wide_path(const char *path)
{
    wchar_t *given =
        port_name_of_device(path) || port_name_of_stream(path) ? NULL : port_wide(path);
    if (!given || wcslen(given) < SHORT_ENOUGH || wcsncmp(given, L"\\\\?\\", 4) == 0)
        return given;
    wchar_t *made = NULL;
    DWORD len = GetFullPathNameW(given, 0, NULL, NULL);
    wchar_t *full = len ? malloc(len * sizeof *full) : NULL;
    if (full && GetFullPathNameW(given, len, full, NULL) < len)
        made = with_prefix(full);
    free(full);
    free(given);
    return made;
}

char *port_env(const wchar_t *name)
{
    DWORD len = GetEnvironmentVariableW(name, NULL, 0);
    wchar_t *value = len ? malloc(len * sizeof *value) : NULL;
    char *text = NULL;
    if (value && GetEnvironmentVariableW(name, value, len) < len)
        text = port_narrow(value);
    free(value);
    return text;
}

cleat_status port_fail_wide(cleat_error *error, const char *text)
{
    if (port_name_of_device(text))
        return port_fail(error, CLEAT_E_BAD_CALL, "%s is the name of a device, not of a file",
                         text);
    if (port_name_of_stream(text))
        return port_fail(error, CLEAT_E_BAD_CALL, "%s names a stream inside a file", text);
    return port_fail(error, CLEAT_E_BAD_CALL, "not text that Windows can take: %s", text);
}
