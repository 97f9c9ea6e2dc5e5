/* A socket for programs that want an agent: in a folder that is the user's alone. */
#include "awaiting.h"

#include "reach.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_ROOM = 64, OTHERS = 0177 };

struct awaiting_agent {
    awaiting_socket *socket;
    char folder[PATH_ROOM], path[PATH_ROOM];
};

static bool make_folder(awaiting_agent *a)
{
    uv_fs_t fs;
    bool made = uv_fs_mkdtemp(NULL, &fs, "/tmp/cleat-XXXXXX", NULL) == 0;
    if (made) {
        snprintf(a->folder, sizeof a->folder, "%s", fs.path);
        snprintf(a->path, sizeof a->path, "%.40s/agent", fs.path);
    }
    uv_fs_req_cleanup(&fs);
    return made;
}

awaiting_agent *awaiting_agent_start(const connection *c, awaiting_socket_cb arrived, void *user)
{
    awaiting_agent *a = reach_permits_agent(c) ? calloc(1, sizeof *a) : NULL;
    if (!a || !make_folder(a)) {
        free(a);
        return NULL;
    }
    a->socket = awaiting_socket_open(c, a->path, OTHERS, false, arrived, user);
    if (a->socket)
        return a;
    awaiting_agent_end(a);
    return NULL;
}

const char *awaiting_agent_path(const awaiting_agent *a)
{
    return a->path;
}

void awaiting_agent_end(awaiting_agent *a)
{
    uv_fs_t fs;
    if (!a)
        return;
    awaiting_socket_end(a->socket);
    uv_fs_rmdir(NULL, &fs, a->folder, NULL);
    uv_fs_req_cleanup(&fs);
    free(a);
}
