/* What `cleat scp` has to do: sources that follow each other on one machine are one job. */
#include "scp.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

bool scp_same_machine(const scp_place *a, const scp_place *b)
{
    return same_text(a->host, b->host) && same_text(a->port, b->port);
}

static bool copy_lines(ssh_args *to, const ssh_args *from)
{
    *to = *from;
    to->host = to->user = to->command = NULL;
    for (to->line_count = 0; to->line_count < from->line_count; to->line_count++) {
        to->lines[to->line_count] = text_format("%s", from->lines[to->line_count]);
        if (!to->lines[to->line_count])
            return false;
    }
    return true;
}

bool scp_session_for(const scp *s, const scp_place *place, remote *to)
{
    ssh_args *a = &to->run.args;
    *to = (remote){.program = s->remote.program};
    if (!copy_lines(a, &s->remote.run.args))
        return false;
    if (s->remote.program)
        return true;
    if (!args_set_destination(a, place->host)) {
        fprintf(stderr, "cleat scp: \"%s\" is no destination ([user@]host)\n", place->host);
        return false;
    }
    if (s->program)
        to->words = scp_words(s, place, "sftp", true);
    if (s->program)
        return to->words != NULL;
    return !place->port || args_add_line(a, text_format("Port %s", place->port));
}

void scp_session_end(remote *r)
{
    scp_words_free(r->words);
    remote_release(r);
}

/* On one connection, or with the program of -D. */
static int run_copy(const scp *job)
{
    scp one = *job;
    one.target_path = text_format("%s", job->target.path);
    bool good = one.target_path &&
                scp_session_for(job, job->to_remote ? &job->target : &job->sources[0], &one.remote);
    int status = good ? scp_copy(&one) : 1;
    scp_session_end(&one.remote);
    free(one.target_path);
    return status;
}

/* Before anybody is connected to; what links lead to is seen later, by scp_cross alone. */
static bool names_itself(const scp *job)
{
    for (size_t i = 0; i < job->source_count; i++) {
        const scp_place *source = &job->sources[i];
        if (scp_same_machine(source, &job->target) && strcmp(source->path, job->target.path) == 0)
            return true;
    }
    return false;
}

static int run_job(scp *job)
{
    const scp_place *from = &job->sources[0];
    if (names_itself(job)) {
        fprintf(stderr, "cleat scp: %s: it is what would be copied\n", job->target.path);
        return 1;
    }
    if (!from->host && !job->to_remote)
        return scp_local(job);
    if (from->host && job->to_remote && job->direct)
        return scp_direct(job);
    if (job->legacy)
        return scp_legacy(job);
    scp_home_own(&job->target);
    for (size_t i = 0; i < job->source_count; i++)
        scp_home_own(&job->sources[i]);
    if (from->host && job->to_remote)
        return scp_cross(job);
    return run_copy(job);
}

/* The sources from there on that are on the same machine. */
static int run_part(const scp *all, size_t from, size_t count)
{
    scp job = *all;
    job.sources = all->sources + from;
    job.source_count = count;
    return run_job(&job);
}

int scp_run(scp *s)
{
    int worst = 0;
    for (size_t from = 0; from < s->source_count && worst != 255;) {
        size_t count = 1;
        while (from + count < s->source_count &&
               scp_same_machine(&s->sources[from], &s->sources[from + count]))
            count++;
        int status = run_part(s, from, count);
        worst = status > worst ? status : worst;
        from += count;
    }
    return worst;
}
