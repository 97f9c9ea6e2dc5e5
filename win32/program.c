/* What a program does before anything else, and how its secrets go. */
#include "port.h"

#include "fail.h"
#include "text.h"
#include "wide.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <windows.h>
#include <shellapi.h>

static cleat_status utf8_arguments(int *argc, char ***argv, cleat_error *error)
{
    int count = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    char **narrow = wide ? calloc((size_t)count, sizeof *narrow) : NULL;
    int done = 0;
    while (narrow && done < count && (narrow[done] = port_narrow(wide[done])) != NULL)
        done++;
    char **list =
        narrow && done == count ? port_list((const char *const *)narrow, (size_t)count) : NULL;
    bool valid = narrow && done == count;
    while (done > 0)
        free(narrow[--done]);
    free(narrow);
    LocalFree(wide);
    if (!list)
        return valid ? port_fail_memory(error)
                     : port_fail(error, CLEAT_E_BAD_CALL, "an argument is not valid UTF-16");
    *argc = count;
    *argv = list;
    return CLEAT_OK;
}

/* A program without a console (a service) has none of the three; NUL stands in. */
static void ensure_streams(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (_get_osfhandle(fd) < 0) {
            int made = _open("NUL", _O_RDWR | _O_BINARY);
            if (made >= 0 && made != fd) {
                _dup2(made, fd);
                _close(made);
            }
        }
        _setmode(fd, _O_BINARY);
    }
}

/* The code page is the console's, which outlives this program. */
static UINT input_page, output_page;

static void put_pages_back(void)
{
    SetConsoleCP(input_page);
    SetConsoleOutputCP(output_page);
}

static void speak_utf8(void)
{
    input_page = GetConsoleCP();
    output_page = GetConsoleOutputCP();
    if (!input_page || !output_page)
        return; /* there is no console */
    SetConsoleCP(CP_UTF8);
    SetConsoleOutputCP(CP_UTF8);
    atexit(put_pages_back);
}

cleat_status port_program_start(int *argc, char ***argv, cleat_error *error)
{
    ensure_streams();
    speak_utf8();
    return utf8_arguments(argc, argv, error);
}

int port_exit_status(uint32_t status)
{
    return (int)status;
}

void port_free_secret(void *block, size_t len)
{
    if (block)
        SecureZeroMemory(block, len);
    free(block);
}
