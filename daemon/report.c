/* The sockets by which the server tells about itself. What comes in through them is not looked at.
 */
#include "report.h"

#include "child.h"
#include "listening.h"
#include "text.h"
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long the other processes have to tell their figures, and a client to say what it wants. */
enum { ANSWER_MS = 200, REQUEST_MS = 5000, VISITS_MAX = 16, BACKLOG = 16 };

typedef union any_stream {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_pipe_t pipe;
    uv_tcp_t tcp;
} any_stream;

/* A place that is listened at. */
typedef struct window {
    any_stream at;
    server *server;
    char *where;
    bool metrics; /* by report_commit */
    bool is_file;
} window;

/* Whoever has come there. */
typedef struct visit {
    struct visit *next;
    any_stream at;
    uv_timer_t timer;
    server *server;
    bool metrics, answered;
    unsigned line_ends; /* that came one after the other */
    char space[512];
    char *text;
    uv_write_t request;
    unsigned open_handles;
} visit;

struct report {
    window *status, *metrics;
    window *next_status, *next_metrics; /* prepared: new ones, or some that are there */
    visit *first;
    uint64_t asked_ms; /* when the other processes were; 0: never */
};

/* ---- values ---- */

static bool is_loopback(const char *value, listen_place *at)
{
    bool malformed;
    return listen_parse(value, at) && at->has_port &&
           cleat_address_list_match(at->host, "127.0.0.0/8,::1", &malformed);
}

const char *report_metrics_fault(const char *value)
{
    listen_place at;
    bool good =
        strcmp(value, "none") == 0 || port_path_is_absolute(value) || is_loopback(value, &at);
    return good ? NULL : "is neither 127.0.0.1:port, [::1]:port nor an absolute path";
}

/* ---- visits ---- */

static void on_visit_closed(uv_handle_t *handle)
{
    visit *v = handle->data;
    if (--v->open_handles)
        return;
    free(v->text);
    free(v);
}

static void end_visit(visit *v)
{
    report *r = v->server->report;
    visit **at = r ? &r->first : NULL;
    while (at && *at && *at != v)
        at = &(*at)->next;
    if (!at || !*at)
        return; /* it has ended */
    *at = v->next;
    uv_close(&v->at.handle, on_visit_closed);
    uv_close((uv_handle_t *)&v->timer, on_visit_closed);
}

static void on_written(uv_write_t *request, int status)
{
    (void)status;
    end_visit(request->data);
}

static char *page_of(const visit *v)
{
    if (!v->metrics)
        return report_status(v->server);
    char *body = report_metrics(v->server);
    char *page = body ? text_format("HTTP/1.0 200 OK\r\n"
                                    "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                                    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                                    strlen(body), body)
                      : NULL;
    free(body);
    return page;
}

static void write_page(visit *v)
{
    v->text = page_of(v);
    v->request.data = v;
    uv_buf_t buf = uv_buf_init(v->text, v->text ? (unsigned)strlen(v->text) : 0);
    if (!v->text || uv_write(&v->request, &v->at.stream, &buf, 1, on_written) != 0)
        end_visit(v);
}

/* Those that can tell how their connections are doing; of many visits at a time only the first has
 * it done, as it takes three processes for each connection. */
static void ask_around(const server *s)
{
    const uint64_t now = uv_now(s->loop);
    if (s->arguments->system && s->report->asked_ms && now - s->report->asked_ms < ANSWER_MS)
        return;
    s->report->asked_ms = now;
    for (connection *c = s->first; c; c = c->next) {
        const child *theirs = c->part;
        if (!s->arguments->system)
            traffic_note(c);
        else if (!s->workers && theirs && theirs->link)
            MONITOR_SEND(theirs->link, ask_traffic, .round = 0);
    }
    if (s->workers)
        workers_ask(s->workers);
}

/* First it is asked what there is to tell, then that is told; a client that reads nothing is left
 * after that. */
static void on_time(uv_timer_t *timer)
{
    visit *v = timer->data;
    if (!v->answered) {
        end_visit(v);
        return;
    }
    v->answered = false;
    uv_timer_start(timer, on_time, REQUEST_MS, 0);
    write_page(v);
}

static void answer(visit *v)
{
    uv_read_stop(&v->at.stream);
    ask_around(v->server);
    v->answered = true;
    uv_timer_start(&v->timer, on_time, v->server->arguments->system ? ANSWER_MS : 0, 0);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    visit *v = handle->data;
    (void)suggested;
    *buf = uv_buf_init(v->space, sizeof v->space);
}

/* A request of HTTP ends with an empty line; whatever it asks for, it gets the figures. */
static void on_request(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    visit *v = stream->data;
    if (n < 0)
        end_visit(v);
    for (ssize_t i = 0; i < n && v->line_ends < 2; i++) {
        if (buf->base[i] == '\n')
            v->line_ends++;
        else if (buf->base[i] != '\r')
            v->line_ends = 0;
    }
    if (n > 0 && v->line_ends == 2)
        answer(v);
}

static int open_handle(visit *v, bool is_file)
{
    return is_file ? uv_pipe_init(v->server->loop, &v->at.pipe, 0)
                   : uv_tcp_init(v->server->loop, &v->at.tcp);
}

/* NULL: there is no memory. */
static visit *visit_new(const window *w)
{
    visit *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->server = w->server;
    v->metrics = w->metrics;
    if (open_handle(v, w->is_file) != 0) {
        free(v);
        return NULL;
    }
    report *r = v->server->report;
    uv_timer_init(v->server->loop, &v->timer);
    v->at.handle.data = v->timer.data = v;
    v->open_handles = 2;
    v->next = r->first;
    r->first = v;
    return v;
}

static void await_request(visit *v)
{
    uv_timer_start(&v->timer, on_time, REQUEST_MS, 0);
    uv_read_start(&v->at.stream, on_room, on_request);
}

/* Each place has its own limit, as anybody on this machine may come to a port; and whoever comes
 * there without a word makes way for others. */
static bool has_room(const report *r, const visit *fresh)
{
    unsigned count = 0;
    visit *silent = NULL; /* the oldest */
    for (visit *v = r->first; v; v = v->next) {
        count += v->metrics == fresh->metrics;
        if (v != fresh && v->metrics && fresh->metrics && !v->answered && !v->text)
            silent = v;
    }
    if (count > VISITS_MAX && silent)
        end_visit(silent);
    return count <= VISITS_MAX || silent;
}

static void on_connection(uv_stream_t *stream, int status)
{
    window *w = stream->data;
    visit *v = status == 0 ? visit_new(w) : NULL;
    if (!v)
        return;
    if (uv_accept(stream, &v->at.stream) != 0 || !has_room(w->server->report, v))
        end_visit(v);
    else if (v->metrics)
        await_request(v);
    else
        answer(v);
}

/* ---- places ---- */

static void on_window_closed(uv_handle_t *handle)
{
    window *w = handle->data;
    free(w->where);
    free(w);
}

static void close_window(window *w, bool remove)
{
    uv_fs_t request;
    if (!w)
        return;
    if (remove && w->is_file)
        uv_fs_unlink(NULL, &request, w->where, NULL);
    uv_close(&w->at.handle, on_window_closed);
}

/* fd: what another program has listened at; -1: nothing. */
static int listen_at_file(window *w, int fd, cleat_error *error)
{
    enum { OWNER_ONLY = 0177 };
    uv_pipe_init(w->server->loop, &w->at.pipe, 0);
    if (fd < 0 && port_local_bind(&fd, w->where, OWNER_ONLY, true, error) != CLEAT_OK)
        return UV_EIO;
    return uv_pipe_open(&w->at.pipe, fd);
}

static int listen_at_port(window *w, int fd)
{
    listen_place at;
    struct sockaddr_storage address;
    uv_tcp_init(w->server->loop, &w->at.tcp);
    if (fd >= 0)
        return uv_tcp_open(&w->at.tcp, (uv_os_sock_t)fd);
    if (!is_loopback(w->where, &at))
        return UV_EINVAL;
    bool v6 = strchr(at.host, ':') != NULL;
    int e = v6 ? uv_ip6_addr(at.host, at.port, (struct sockaddr_in6 *)(void *)&address)
               : uv_ip4_addr(at.host, at.port, (struct sockaddr_in *)(void *)&address);
    return e ? e : uv_tcp_bind(&w->at.tcp, (const struct sockaddr *)&address, 0);
}

static cleat_status open_window(window **out, server *s, const char *where, int fd,
                                cleat_error *error)
{
    window *w = calloc(1, sizeof *w);
    char *copy = text_format("%s", where);
    *out = NULL;
    if (!w || !copy) {
        free(w);
        free(copy);
        return CLEAT_E_NOMEM;
    }
    *w = (window){.server = s, .where = copy, .is_file = port_path_is_absolute(where)};
    int e = w->is_file ? listen_at_file(w, fd, error) : listen_at_port(w, fd);
    w->at.handle.data = w;
    if (!e)
        e = uv_listen(&w->at.stream, BACKLOG, on_connection);
    if (!e) {
        uv_unref(&w->at.handle);
        *out = w;
        return CLEAT_OK;
    }
    if (error->status == CLEAT_OK) {
        *error = (cleat_error){.status = CLEAT_E_IO};
        snprintf(error->text, sizeof error->text, "cannot listen at %.200s: %s", where,
                 uv_strerror(e));
    }
    close_window(w, false);
    return error->status;
}

static bool stat_file(const char *path, uv_stat_t *st)
{
    uv_fs_t request;
    int e = uv_fs_stat(NULL, &request, path, NULL);
    *st = request.statbuf;
    uv_fs_req_cleanup(&request);
    return e == 0;
}

/* A socket that is opened under another name of its own file would take that from itself. */
static bool is_same_file(const char *one, const char *other)
{
    uv_stat_t a, b;
    return port_path_is_absolute(one) && port_path_is_absolute(other) && stat_file(one, &a) &&
           stat_file(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool is_at(const window *w, const char *where)
{
    return w && (strcmp(w->where, where) == 0 || is_same_file(w->where, where));
}

/* Says which line is to be mended, and how. */
static cleat_status blame(cleat_error *error, const rules *r, const char *keyword, cleat_status st)
{
    const cleat_error why = *error;
    const char *origin = cleat_config_origin(r->config, keyword);
    *error = (cleat_error){.status = st};
    snprintf(error->text, sizeof error->text, "%.150s%s%s: %.280s. Choose another place", origin,
             *origin ? ": " : "", keyword, why.text[0] ? why.text : cleat_status_text(st));
    return st;
}

/* What is there for either is taken as it is, so that the two may change places. */
static cleat_status choose_window(window **next, server *s, const rules *r, const char *keyword,
                                  cleat_error *error)
{
    const report *now = s->report;
    const char *where = rules_text(r, keyword);
    *next = NULL;
    if (!where)
        return CLEAT_OK;
    if (is_at(now->status, where))
        *next = now->status;
    else if (is_at(now->metrics, where))
        *next = now->metrics;
    if (*next)
        return CLEAT_OK;
    cleat_status st = open_window(next, s, where, -1, error);
    return st == CLEAT_OK ? st : blame(error, r, keyword, st);
}

static cleat_status choose_windows(server *s, const rules *r, cleat_error *error)
{
    report *now = s->report;
    cleat_status st = choose_window(&now->next_status, s, r, "StatusSocket", error);
    const char *metrics = rules_text(r, "MetricsAddress");
    if (st != CLEAT_OK)
        return st;
    if (metrics && is_at(now->next_status, metrics)) {
        *error = (cleat_error){.text = "this is the StatusSocket's place"};
        return blame(error, r, "MetricsAddress", CLEAT_E_CONFIG);
    }
    return choose_window(&now->next_metrics, s, r, "MetricsAddress", error);
}

static bool is_wanted(const report *r, const window *w)
{
    return w == r->next_status || w == r->next_metrics;
}

static bool is_open(const report *r, const window *w)
{
    return w == r->status || w == r->metrics;
}

static report *report_of(server *s)
{
    if (!s->report)
        s->report = calloc(1, sizeof *s->report);
    return s->report;
}

cleat_status report_prepare(server *s, const rules *r, cleat_error *error)
{
    if (!report_of(s))
        return CLEAT_E_NOMEM;
    cleat_status st = choose_windows(s, r, error);
    if (st != CLEAT_OK)
        report_cancel(s);
    return st;
}

void report_cancel(const server *s)
{
    report *r = s->report;
    if (!is_open(r, r->next_status))
        close_window(r->next_status, true);
    if (!is_open(r, r->next_metrics))
        close_window(r->next_metrics, true);
    r->next_status = r->next_metrics = NULL;
}

void report_commit(const server *s)
{
    report *r = s->report;
    if (!is_wanted(r, r->status))
        close_window(r->status, true);
    if (!is_wanted(r, r->metrics))
        close_window(r->metrics, true);
    r->status = r->next_status;
    r->metrics = r->next_metrics;
    r->next_status = r->next_metrics = NULL;
    if (r->status)
        r->status->metrics = false;
    if (r->metrics)
        r->metrics->metrics = true;
}

void report_stop(server *s, bool remove)
{
    report *r = s->report;
    if (!r)
        return;
    while (r->first)
        end_visit(r->first);
    close_window(r->status, remove);
    close_window(r->metrics, remove);
    free(r);
    s->report = NULL;
}

static int descriptor(const any_stream *at)
{
    uv_os_fd_t fd;
    return uv_fileno(&at->handle, &fd) == 0 ? (int)(intptr_t)fd : -1;
}

void report_let_go(const report *r)
{
    if (!r)
        return;
    if (r->status)
        part_close(descriptor(&r->status->at));
    if (r->metrics)
        part_close(descriptor(&r->metrics->at));
    for (const visit *v = r->first; v; v = v->next)
        part_close(descriptor(&v->at));
}

/* ---- one program after another ---- */

/* Each has a line of its own behind what listening_sockets tells. */
static char *add_place(const window *w, char *places, int *sockets, size_t *count)
{
    if (!w || !places)
        return places;
    char *longer = text_format("%s\n%c%s", places, w->metrics ? 'm' : 's', w->where);
    free(places);
    sockets[(*count)++] = descriptor(&w->at);
    return longer;
}

char *report_sockets(const report *r, char *places, int *sockets, size_t *count)
{
    if (!r)
        return places;
    places = add_place(r->status, places, sockets, count);
    return add_place(r->metrics, places, sockets, count);
}

unsigned report_inherited(void)
{
    const char *told = port_service_inherited();
    unsigned lines = 0;
    for (; told && *told; told++)
        lines += *told == '\n';
    return lines;
}

static cleat_status take_one(server *s, const char *line, int fd, cleat_error *error)
{
    char *where = text_format("%.*s", (int)strcspn(line + 1, "\n"), line + 1);
    window **at = line[0] == 'm' ? &s->report->metrics : &s->report->status;
    if (!where)
        return CLEAT_E_NOMEM;
    cleat_status st = open_window(at, s, where, fd, error);
    free(where);
    return st;
}

cleat_status report_take_over(server *s, cleat_error *error)
{
    int first;
    const unsigned count = report_inherited();
    const unsigned before = port_service_sockets(&first) - count; /* are listening.c's */
    const char *line = port_service_inherited();
    cleat_status st = report_of(s) ? CLEAT_OK : CLEAT_E_NOMEM;
    for (unsigned i = 0; i < count && st == CLEAT_OK; i++) {
        line = strchr(line, '\n') + 1;
        st = take_one(s, line, first + (int)(before + i), error);
    }
    return st;
}
