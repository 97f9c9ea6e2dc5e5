/* Listening at UNIX sockets for a client. */
#include "awaiting.h"

#include "audit.h"
#include "parts.h"
#include "reach.h"
#include "text.h"

#include <stdlib.h>

enum { BACKLOG = 16 };

struct awaiting_socket {
    uv_pipe_t pipe;
    char *path;
    uint64_t device, inode; /* of its file; 0: it is gone already */
    awaiting_socket_cb arrived;
    void *user;
};

static void on_client_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_connection(uv_stream_t *at, int status)
{
    const awaiting_socket *a = at->data;
    uv_os_fd_t fd;
    uv_pipe_t *client = status == 0 ? malloc(sizeof *client) : NULL;
    if (!client)
        return;
    uv_pipe_init(at->loop, client, 0);
    int own = -1;
    if (uv_accept(at, (uv_stream_t *)client) == 0 &&
        uv_fileno((const uv_handle_t *)client, &fd) == 0)
        own = port_socket_dup((intptr_t)fd);
    uv_close((uv_handle_t *)client, on_client_closed);
    if (own >= 0)
        a->arrived(a->user, own);
}

static void look_at_file(const char *path, uint64_t *device, uint64_t *inode)
{
    uv_fs_t fs;
    bool there = uv_fs_lstat(NULL, &fs, path, NULL) == 0;
    *device = there ? fs.statbuf.st_dev : 0;
    *inode = there ? fs.statbuf.st_ino : 0;
    uv_fs_req_cleanup(&fs);
}

/* Unless another has taken its place (StreamLocalBindUnlink of a later connection). */
static void remove_file(const awaiting_socket *a)
{
    uv_fs_t fs;
    uint64_t device, inode;
    look_at_file(a->path, &device, &inode);
    if (!a->inode || device != a->device || inode != a->inode)
        return;
    uv_fs_unlink(NULL, &fs, a->path, NULL);
    uv_fs_req_cleanup(&fs);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void awaiting_socket_end(awaiting_socket *a)
{
    if (!a)
        return;
    remove_file(a);
    free(a->path);
    uv_close((uv_handle_t *)&a->pipe, on_closed);
}

/* Takes fd. */
static awaiting_socket *listen_on(const connection *c, int fd, const char *path,
                                  awaiting_socket_cb arrived, void *user)
{
    awaiting_socket *a = calloc(1, sizeof *a);
    char *copy = text_format("%s", path);
    if (!a || !copy) {
        port_attached_close(&(port_attached){.fds = {fd, -1, -1}, .count = 1});
        free(copy);
        free(a);
        return NULL;
    }
    *a = (awaiting_socket){.path = copy, .arrived = arrived, .user = user};
    look_at_file(path, &a->device, &a->inode);
    uv_pipe_init(c->server->loop, &a->pipe, 0);
    a->pipe.data = a;
    int e = uv_pipe_open(&a->pipe, fd);
    if (e == 0)
        e = uv_listen((uv_stream_t *)&a->pipe, BACKLOG, on_connection);
    if (e == 0)
        return a;
    log_about(c, CLEAT_LOG_ERROR, "cannot listen at %s: %s", path, uv_strerror(e));
    awaiting_socket_end(a);
    return NULL;
}

awaiting_socket *awaiting_socket_open(const connection *c, const char *path, unsigned mask,
                                      bool replace, awaiting_socket_cb arrived, void *user)
{
    int fd;
    cleat_error error = {0};
    if (port_local_bind(&fd, path, mask, replace, &error) == CLEAT_OK)
        return listen_on(c, fd, path, arrived, user);
    log_about(c, CLEAT_LOG_INFO, "%s", error.text);
    return NULL;
}

awaiting_socket *awaiting_socket_start(const connection *c, const char *path,
                                       awaiting_socket_cb arrived, void *user)
{
    const rules *r = c->rules;
    if (!reach_permits_sockets(c, true)) {
        log_about(c, CLEAT_LOG_INFO, "refused remote socket forward: listen %s", path);
        audit_forward(c, &(audit_forwarding){.kind = "listen", .to = path, .result = "refused"});
        return NULL;
    }
    awaiting_socket *a =
        awaiting_socket_open(c, path, (unsigned)rules_number(r, "StreamLocalBindMask"),
                             rules_flag(r, "StreamLocalBindUnlink"), arrived, user);
    if (a) {
        log_about(c, CLEAT_LOG_VERBOSE, "listening at %s for %s", path, c->ends.peer);
        audit_forward(c, &(audit_forwarding){.kind = "listen", .to = path, .result = "listening"});
    }
    return a;
}
