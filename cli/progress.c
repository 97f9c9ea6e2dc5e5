/* The progress line. */
#include "progress.h"

#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { OUT_FD = 1, EVERY_MS = 100, WIDTH = 80, FIGURES = 38, SPEED = 11, NAME_MIN = 10 };

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

void progress_begin(progress *p, bool quiet)
{
    *p = (progress){.on = !quiet && uv_guess_handle(OUT_FD) == UV_TTY};
}

void progress_amount(char out[16], uint64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 9999.5 || (unit && value >= 999.5)) {
        value /= 1024;
        unit++;
    }
    if (unit == 0)
        snprintf(out, 16, "%.0fB", value);
    else
        snprintf(out, 16, value < 99.95 ? "%.1f%s" : "%.0f%s", value, units[unit]);
}

static void put_time(char *out, size_t size, uint64_t seconds)
{
    unsigned hours = (unsigned)(seconds / 3600 % 10000);
    unsigned minutes = (unsigned)(seconds / 60 % 60), rest = (unsigned)(seconds % 60);
    if (hours)
        snprintf(out, size, "%u:%02u:%02u", hours, minutes, rest);
    else
        snprintf(out, size, "%02u:%02u", minutes, rest);
}

static int width(void)
{
    cleat_winsize size;
    return port_tty_size(OUT_FD, &size) && size.columns ? (int)size.columns : WIDTH;
}

/* Fits into a line, so that the next one covers it; a narrow one has the name and no speed. */
static void draw(progress *p, bool over)
{
    char amount[16], speed[16], left[32];
    uint64_t ms = now_ms() - p->began + 1;
    uint64_t rate = (p->done - p->base) * 1000 / ms;
    int room = width() - FIGURES - 1;
    unsigned percent = p->total ? (unsigned)((double)p->done * 100 / (double)p->total) : 100;
    progress_amount(amount, p->done);
    progress_amount(speed, rate);
    if (over)
        put_time(left, sizeof left, ms / 1000);
    else if (rate && p->total >= p->done)
        put_time(left, sizeof left, (p->total - p->done) / rate);
    else
        snprintf(left, sizeof left, "--:--");
    bool narrow = room < NAME_MIN;
    if (narrow)
        room = room + SPEED > 0 ? room + SPEED : 0;
    size_t columns, fits = port_text_fit(p->name, (size_t)room, &columns);
    printf("\r%.*s%*s %3u%% %8s", (int)fits, p->name, room - (int)columns, "",
           percent > 100 ? 100 : percent, amount);
    if (!narrow)
        printf(" %8s/s", speed);
    printf(" %8s%s", left, over ? "    " : " ETA");
    fflush(stdout);
    p->shown = true;
    p->drawn = now_ms();
}

static bool is_about(progress *p, const char *name, uint64_t done)
{
    char *shown = text_printable_name(name);
    bool same = p->name && shown && strcmp(p->name, shown) == 0;
    if (same || !shown) {
        free(shown);
        return same;
    }
    free(p->name);
    p->name = shown;
    p->began = now_ms();
    p->base = done;
    return true;
}

void progress_update(progress *p, const char *name, uint64_t done, uint64_t total)
{
    if (!p->on || (p->shown && now_ms() - p->drawn < EVERY_MS))
        return;
    if (!is_about(p, name, done))
        return;
    p->done = done;
    p->total = total;
    draw(p, false);
}

void progress_end(progress *p, const char *name, uint64_t done)
{
    if (!p->on || !is_about(p, name, 0))
        return;
    p->done = done;
    p->total = done;
    draw(p, true);
    printf("\n");
    fflush(stdout);
    p->shown = false;
}

void progress_clear(progress *p)
{
    if (!p->shown)
        return;
    printf("\r%*s\r", width() - 1, "");
    fflush(stdout);
    p->shown = false;
}

void progress_free(progress *p)
{
    progress_clear(p);
    free(p->name);
    p->name = NULL;
}

void progress_event(progress *p, const cleat_transfer_event *ev)
{
    const char *name = text_last_part(ev->from);
    if (ev->type == CLEAT_TRANSFER_BEGIN || ev->type == CLEAT_TRANSFER_PROGRESS)
        progress_update(p, name, ev->done, ev->total);
    else if (ev->type == CLEAT_TRANSFER_END)
        progress_end(p, name, ev->done);
}
