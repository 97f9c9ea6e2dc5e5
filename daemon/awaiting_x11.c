/* Displays: ports from 6000 on, where programs of the user's find the client's X server. */
#include "awaiting.h"

#include "reach.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    ADDRESSES = 2,
    FIRST_PORT = 6000,
    DISPLAYS_MAX = 1000, /* as many are tried */
    WORD_MAX = 1024
};

struct awaiting_x11 {
    cleat_listener *listeners[ADDRESSES];
    char *display, *for_rc, *for_xauth;
    bool single, taken;
    awaiting_cb arrived;
    void *user;
};

static void stop(awaiting_x11 *a)
{
    for (size_t i = 0; i < ADDRESSES; i++) {
        cleat_listener_close(a->listeners[i]);
        a->listeners[i] = NULL;
    }
}

/* A listener stays open until the end: it may have more of them waiting, which are turned away. */
static void on_accept(void *user, cleat_listener *l, cleat_stream *stream)
{
    awaiting_x11 *a = user;
    (void)l;
    if (a->single && a->taken) {
        cleat_stream_close(stream);
        return;
    }
    a->taken = true;
    a->arrived(a->user, stream);
}

/* At both addresses or not at all: whoever had the other would get programs that mean this one, and
 * their cookies (CVE-2008-1483). Only a system without IPv6 may go without it. */
static bool listen_at(awaiting_x11 *a, uv_loop_t *loop, bool here, uint16_t port)
{
    static const char *const local[ADDRESSES] = {"127.0.0.1", "::1"};
    cleat_error error = {0};
    if (!here)
        return cleat_listener_new(&a->listeners[0], loop, "", port, on_accept, a, NULL) == CLEAT_OK;
    if (cleat_listener_new(&a->listeners[0], loop, local[0], port, on_accept, a, NULL) != CLEAT_OK)
        return false;
    if (cleat_listener_new(&a->listeners[1], loop, local[1], port, on_accept, a, &error) ==
            CLEAT_OK ||
        error.os_error == -UV_EAFNOSUPPORT || error.os_error == -UV_EADDRNOTAVAIL)
        return true;
    stop(a);
    return false;
}

static bool find_number(awaiting_x11 *a, const connection *c, unsigned *number)
{
    bool here = rules_flag(c->rules, "X11UseLocalhost");
    unsigned first = (unsigned)rules_number(c->rules, "X11DisplayOffset");
    for (unsigned n = first; n < first + DISPLAYS_MAX && n <= UINT16_MAX - FIRST_PORT; n++) {
        if (listen_at(a, c->server->loop, here, (uint16_t)(FIRST_PORT + n))) {
            *number = n;
            return true;
        }
    }
    log_about(c, CLEAT_LOG_ERROR, "no display is free");
    return false;
}

static bool write_texts(awaiting_x11 *a, const connection *c, const awaiting_display *display,
                        unsigned number)
{
    char host[UV_MAXHOSTNAMESIZE] = "localhost";
    size_t room = sizeof host;
    bool here = rules_flag(c->rules, "X11UseLocalhost");
    if (!here && uv_os_gethostname(host, &room) != 0)
        return false;
    char *name = text_format("%s:%u.%u", here ? "unix" : host, number, (unsigned)display->screen);
    a->display = text_format("%s:%u.%u", host, number, (unsigned)display->screen);
    a->for_rc = text_format("%s %s\n", display->protocol, display->cookie);
    if (name)
        a->for_xauth = text_format("remove %s\nadd %s %s %s\n", name, name, display->protocol,
                                   display->cookie);
    free(name);
    return a->display && a->for_rc && a->for_xauth;
}

/* Both become parts of lines that xauth and rc files read (CVE-2016-3115). */
static bool is_word(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)text[i]) && !strchr(".:/-_", text[i]))
            return false;
    }
    return len > 0 && len <= WORD_MAX && text[0] != '-';
}

static bool has_xauth(const connection *c)
{
    uv_fs_t request;
    const char *path = rules_text(c->rules, "XAuthLocation");
    if (!path || !port_process_has_prelude())
        return false;
    bool there = uv_fs_access(NULL, &request, path, 1, NULL) == 0; /* 1: X_OK */
    uv_fs_req_cleanup(&request);
    return there;
}

awaiting_x11 *awaiting_x11_start(const connection *c, const awaiting_display *display,
                                 awaiting_cb arrived, void *user)
{
    unsigned number;
    if (!reach_permits_x11(c) || !is_word(display->protocol) || !is_word(display->cookie)) {
        log_about(c, CLEAT_LOG_INFO, "refused X11 forward request");
        return NULL;
    }
    if (!has_xauth(c)) {
        log_about(c, CLEAT_LOG_INFO, "No xauth program; cannot forward X11.");
        return NULL;
    }
    awaiting_x11 *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    *a = (awaiting_x11){.single = display->single, .arrived = arrived, .user = user};
    if (find_number(a, c, &number) && write_texts(a, c, display, number))
        return a;
    awaiting_x11_end(a);
    return NULL;
}

const char *awaiting_x11_display(const awaiting_x11 *a)
{
    return a->display;
}

const char *awaiting_x11_for_rc(const awaiting_x11 *a)
{
    return a->for_rc;
}

const char *awaiting_x11_for_xauth(const awaiting_x11 *a)
{
    return a->for_xauth;
}

void awaiting_x11_end(awaiting_x11 *a)
{
    if (!a)
        return;
    stop(a);
    free(a->display);
    free(a->for_rc);
    free(a->for_xauth);
    free(a);
}
