/* Showing that work goes on which takes its time: large RSA keys, many rounds. */
#include "keygen.h"

#include <stdio.h>
#include <uv.h>

enum { STANDARD_ERROR = 2, BEAT_MS = 1000 };

typedef struct job {
    uv_work_t work;
    uv_timer_t beat;
    void (*run)(void *);
    void *arg;
    bool shown;
} job;

static void on_beat(uv_timer_t *timer)
{
    job *j = timer->data;
    fputc('.', stderr);
    fflush(stderr);
    j->shown = true;
}

static void on_thread(uv_work_t *work)
{
    job *j = work->data;
    j->run(j->arg);
}

static void on_done(uv_work_t *work, int status)
{
    job *j = work->data;
    (void)status; /* nothing cancels it */
    uv_close((uv_handle_t *)&j->beat, NULL);
}

void keygen_work(const keygen_options *o, void (*work)(void *), void *arg)
{
    uv_loop_t loop;
    job j = {.run = work, .arg = arg};
    bool visible = !o->quiet && uv_guess_handle(STANDARD_ERROR) == UV_TTY;
    if (uv_loop_init(&loop) != 0) {
        work(arg);
        return;
    }
    j.work.data = &j;
    j.beat.data = &j;
    uv_timer_init(&loop, &j.beat);
    if (visible)
        uv_timer_start(&j.beat, on_beat, BEAT_MS, BEAT_MS);
    uv_queue_work(&loop, &j.work, on_thread, on_done);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    if (j.shown)
        fputc('\n', stderr);
}
