/* The words and the status for GetLastError(). */
#include "fail.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

cleat_status port_os_status(int os_error)
{
    switch (os_error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_NONE_MAPPED:
    case ERROR_DIRECTORY:
        return CLEAT_E_NO_SUCH;
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
        return CLEAT_E_PERMISSION;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return CLEAT_E_NOMEM;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
        return CLEAT_E_EXISTS;
    case ERROR_TOO_MANY_OPEN_FILES:
        return CLEAT_E_LIMIT;
    case ERROR_CALL_NOT_IMPLEMENTED:
    case ERROR_NOT_SUPPORTED:
        return CLEAT_E_UNSUPPORTED;
    default:
        return CLEAT_E_IO;
    }
}

void port_os_text(int os_error, char *text, size_t size)
{
    wchar_t words[256];
    DWORD len = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                               (DWORD)os_error, 0, words, sizeof words / sizeof words[0], NULL);
    while (len > 0 && wcschr(L"\r\n. ", words[len - 1]))
        len--;
    int used =
        len ? WideCharToMultiByte(CP_UTF8, 0, words, (int)len, text, (int)size - 1, NULL, NULL) : 0;
    if (used > 0)
        text[used] = '\0';
    else
        snprintf(text, size, "Windows error %lu", (unsigned long)os_error);
}
