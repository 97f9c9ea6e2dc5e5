/* Asking the agent with a loop that runs until there is an answer. */
#include "agent_wait.h"

#include "port.h"

#include <cleat/uv.h>

#include <stdlib.h>
#include <string.h>

typedef struct bytes {
    uint8_t *data;
    size_t len;
} bytes;

struct agent_wait {
    uv_loop_t loop;
    cleat_agent_link *link;
    bytes *keys;
    size_t key_count;
    bytes signature;
    bool answered, gone;
};

static bytes copy_of(cleat_slice s)
{
    bytes copy = {malloc(s.len + 1), s.len};
    if (copy.data && s.len)
        memcpy(copy.data, s.data, s.len);
    return copy;
}

static void keep_keys(agent_wait *a, const cleat_agent_reply *reply)
{
    a->keys = calloc(reply->key_count + 1, sizeof *a->keys);
    for (size_t i = 0; a->keys && i < reply->key_count; i++) {
        a->keys[a->key_count] = copy_of(reply->keys[i].blob);
        a->key_count += a->keys[a->key_count].data != NULL;
    }
}

static void on_reply(void *user, const cleat_agent_reply *reply)
{
    agent_wait *a = user;
    a->answered = true;
    a->gone = !reply;
    if (reply && reply->request == CLEAT_AGENT_LIST)
        keep_keys(a, reply);
    else if (reply && reply->success)
        a->signature = copy_of(reply->signature);
}

static void wait_for_answer(agent_wait *a)
{
    for (a->answered = false; !a->answered;)
        uv_run(&a->loop, UV_RUN_ONCE);
}

agent_wait *agent_wait_open(cleat_ctx *ctx)
{
    char *path = NULL;
    if (port_path(&path, PORT_PLACE_AGENT, NULL) != CLEAT_OK)
        return NULL;
    agent_wait *a = *path ? calloc(1, sizeof *a) : NULL;
    if (a && uv_loop_init(&a->loop) != 0) {
        free(a);
        a = NULL;
    }
    if (a && cleat_agent_link_open(&a->link, &a->loop, ctx, path, on_reply, a) == CLEAT_OK)
        wait_for_answer(a);
    else if (a)
        a->gone = true;
    port_free(path);
    if (!a || !a->gone)
        return a;
    agent_wait_close(a);
    return NULL;
}

bool agent_wait_has(const agent_wait *a, cleat_slice blob)
{
    for (size_t i = 0; i < a->key_count; i++) {
        if (cleat_slice_equal((cleat_slice){a->keys[i].data, a->keys[i].len}, blob))
            return true;
    }
    return false;
}

bool agent_wait_sign(agent_wait *a, cleat_slice blob, const char *algorithm, cleat_slice message,
                     uint8_t **signature, size_t *len)
{
    cleat_agent *talk = cleat_agent_link_agent(a->link);
    *signature = NULL;
    *len = 0;
    if (a->gone || cleat_agent_sign(talk, blob, algorithm, message, NULL) != CLEAT_OK)
        return false;
    cleat_agent_link_send(a->link);
    wait_for_answer(a);
    *signature = a->signature.data;
    *len = a->signature.len;
    a->signature = (bytes){0};
    return *signature != NULL;
}

void agent_wait_close(agent_wait *a)
{
    if (!a)
        return;
    cleat_agent_link_close(a->link);
    uv_run(&a->loop, UV_RUN_DEFAULT);
    uv_loop_close(&a->loop);
    for (size_t i = 0; i < a->key_count; i++)
        free(a->keys[i].data);
    free(a->keys);
    free(a);
}
