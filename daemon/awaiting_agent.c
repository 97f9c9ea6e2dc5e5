/* A socket for programs that want an agent: in a folder that is the user's alone. */
#include "awaiting.h"

#include "parts.h"
#include "reach.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

enum { BACKLOG = 16, PATH_ROOM = 64 };

struct awaiting_agent {
    uv_pipe_t listening;
    const connection *c;
    char folder[PATH_ROOM], path[PATH_ROOM];
    awaiting_agent_cb arrived;
    void *user;
};

static void on_client_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_connection(uv_stream_t *at, int status)
{
    awaiting_agent *a = at->data;
    uv_os_fd_t fd;
    uv_pipe_t *client = status == 0 ? malloc(sizeof *client) : NULL;
    if (!client)
        return;
    uv_pipe_init(a->c->server->loop, client, 0);
    int own = -1;
    if (uv_accept(at, (uv_stream_t *)client) == 0 &&
        uv_fileno((const uv_handle_t *)client, &fd) == 0)
        own = port_socket_dup((intptr_t)fd);
    uv_close((uv_handle_t *)client, on_client_closed);
    if (own >= 0)
        a->arrived(a->user, own);
}

static void remove_files(const awaiting_agent *a)
{
    uv_fs_t fs;
    uv_fs_unlink(NULL, &fs, a->path, NULL); /* closing it may have done that */
    uv_fs_req_cleanup(&fs);
    uv_fs_rmdir(NULL, &fs, a->folder, NULL);
    uv_fs_req_cleanup(&fs);
}

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

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

awaiting_agent *awaiting_agent_start(const connection *c, awaiting_agent_cb arrived, void *user)
{
    awaiting_agent *a = reach_permits_agent(c) ? calloc(1, sizeof *a) : NULL;
    if (!a || !make_folder(a)) {
        free(a);
        return NULL;
    }
    a->c = c;
    a->arrived = arrived;
    a->user = user;
    uv_pipe_init(c->server->loop, &a->listening, 0);
    a->listening.data = a;
    if (uv_pipe_bind(&a->listening, a->path) == 0 &&
        uv_listen((uv_stream_t *)&a->listening, BACKLOG, on_connection) == 0)
        return a;
    log_about(c, CLEAT_LOG_ERROR, "no socket for the agent at %s", a->path);
    awaiting_agent_end(a);
    return NULL;
}

const char *awaiting_agent_path(const awaiting_agent *a)
{
    return a->path;
}

void awaiting_agent_end(awaiting_agent *a)
{
    if (!a)
        return;
    uv_close((uv_handle_t *)&a->listening, on_closed);
    remove_files(a);
}
