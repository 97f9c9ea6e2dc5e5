/* Platform words, and scratch files, for the tests of the platform layer. */
#include "dialect.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static const dialect posix = {
    .is_windows = false,
    .shell = "/bin/sh",
    .missing_shell = "/no/such/shell",
    .show_value = "echo \"$CLEAT_TEST\"",
    .show_directory = "pwd -P",
    .to_stderr = "echo oops >&2",
    .copy_input = "cat",
    .linger = "sleep 1000 & echo ready; wait", /* dash starts what it waits for with signals
                                                * blocked: one that comes meanwhile is lost to it */
    .show_file = "cat",
    .pty_shell = NULL,
    .askpass_name = "askpass.sh",
    .askpass_text = "#!/bin/sh\n"
                    "[ \"$1\" = no ] && exit 1\n"
                    "echo \"$1:$SSH_ASKPASS_PROMPT\"\necho second\n",
};

static const dialect windows = {
    .is_windows = true,
    .shell = "C:\\windows\\system32\\cmd.exe",
    .missing_shell = "C:\\no\\such\\shell.exe",
    .show_value = "echo %CLEAT_TEST%",
    .show_directory = "cd",
    .to_stderr = "echo oops>&2",
    .copy_input = "cmd /v:on /c \"set /p A=&echo !A!\"",
    .linger = "echo ready& ping -n 1000 127.0.0.1",
    .show_file = "type",
    /* Wine gives a console program no standard handles, so they are opened by hand. */
    .pty_shell = "cmd.exe <CONIN$ >CONOUT$",
    .askpass_name = "askpass.bat",
    .askpass_text = "@echo off\r\n"
                    "if %~1==no exit 1\r\n"
                    "echo %~1:%SSH_ASKPASS_PROMPT%\r\necho second\r\n",
};

const dialect *port_dialect(void)
{
    const char *system = getenv("OS");
    return system && strcmp(system, "Windows_NT") == 0 ? &windows : &posix;
}

char *make_scratch(void)
{
    char top[512], template[600];
    size_t size = sizeof top;
    uv_fs_t made;
    int failure = uv_os_tmpdir(top, &size);
    assert(failure == 0);
    snprintf(template, sizeof template, "%s/cleat-port-XXXXXX", top);
    failure = uv_fs_mkdtemp(NULL, &made, template, NULL);
    assert(failure == 0);
    char *path = below(made.path, "x");
    path[strlen(path) - 2] = '\0';
    uv_fs_req_cleanup(&made);
    return path;
}

void remove_tree(const char *directory)
{
    uv_fs_t list, done;
    uv_dirent_t entry;
    if (uv_fs_scandir(NULL, &list, directory, 0, NULL) < 0)
        return;
    while (uv_fs_scandir_next(&list, &entry) == 0) {
        char *path = below(directory, entry.name);
        if (entry.type == UV_DIRENT_DIR)
            remove_tree(path);
        else
            uv_fs_unlink(NULL, &done, path, NULL);
        port_free(path);
    }
    uv_fs_req_cleanup(&list);
    uv_fs_rmdir(NULL, &done, directory, NULL);
}

char *below(const char *directory, const char *name)
{
    char *path = NULL;
    cleat_status status = port_path_join(&path, directory, name, NULL);
    assert(status == CLEAT_OK);
    return path;
}

void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert(file);
    fputs(text, file);
    fclose(file);
}

const char *const *environment_with_value(const char *value)
{
    enum { ROOM = 256 };
    static char texts[ROOM][4096];
    static const char *list[ROOM + 1];
    uv_env_item_t *items;
    int count;
    int failure = uv_os_environ(&items, &count);
    assert(failure == 0);
    int used = 0;
    for (int i = 0; i < count && used < ROOM - 1; i++) {
        snprintf(texts[used], sizeof texts[used], "%s=%s", items[i].name, items[i].value);
        used++;
    }
    uv_os_free_environ(items, count);
    snprintf(texts[used], sizeof texts[used], "CLEAT_TEST=%s", value);
    for (int i = 0; i <= used; i++)
        list[i] = texts[i];
    list[used + 1] = NULL;
    return list;
}
