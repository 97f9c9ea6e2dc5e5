/* Holes of files: what is a hole at the source is passed over, and is one at the target. */
#include "transfer.h"

#include "fs.h"

#include <stdlib.h>

/* Smaller files are not worth the question. */
enum { SPARSE_MIN = 1 << 20 };

/* The parts of a file that are no holes, some at a time. */
struct file_map {
    cleat_sftp_range parts[64];
    size_t count, next;
    uint64_t known; /* what is before this offset is in the parts, or is a hole */
    bool asked;     /* for more parts */
};

static void map_new(job *j)
{
    j->map = calloc(1, sizeof *j->map);
    if (!j->map)
        job_fail(j, CLEAT_E_NOMEM, "%s: out of memory", j->from);
}

void map_free(job *j)
{
    free(j->map);
}

/* All the rest of the file is data. */
static void give_up(job *j)
{
    file_map *m = j->map;
    m->parts[m->count++] = (cleat_sftp_range){m->known, j->size - m->known};
    m->known = j->size;
}

/* A part makes sense behind all that is known, and within the file. */
static bool add_part(job *j, cleat_sftp_range part)
{
    file_map *m = j->map;
    if (!part.length || part.offset < m->known || part.offset >= j->size)
        return false;
    if (part.length > j->size - part.offset)
        part.length = j->size - part.offset;
    m->parts[m->count++] = part;
    m->known = part.offset + part.length;
    return true;
}

/* ---- the server's file ---- */

static void take_parts(job *j, const cleat_sftp_answer *answer)
{
    const size_t room = sizeof j->map->parts / sizeof *j->map->parts;
    size_t taken = 0;
    bool sane = true;
    while (sane && taken < answer->range_count && taken < room)
        sane = add_part(j, answer->ranges[taken++]);
    if (!sane || !taken)
        give_up(j);
    else if (answer->at_end && taken == answer->range_count)
        j->map->known = j->size;
}

/* A server that cannot say has told of no hole. */
static void on_parts(job *j, const cleat_sftp_answer *answer)
{
    j->map->asked = false;
    if (answer->code == CLEAT_SFTP_EOF || (!answer->code && answer->at_end && !answer->range_count))
        j->map->known = j->size;
    else if (answer->code != CLEAT_SFTP_OK)
        give_up(j);
    else
        take_parts(j, answer);
}

static void ask_remote(job *j)
{
    cleat_sftp *s = j->t->s;
    j->on_answer = on_parts;
    job_asked(j,
              cleat_sftp_ranges(s, &j->source, j->map->known, j->size - j->map->known, &j->waiter));
}

/* Beyond what files here can have, nothing could be put behind a hole. */
bool map_is_worth_it(const job *j)
{
    bool full = (j->has & CLEAT_SFTP_HAS_ALLOCATION_SIZE) && j->allocated >= j->size;
    return (j->has & CLEAT_SFTP_HAS_SIZE) && j->size >= SPARSE_MIN && j->size <= INT64_MAX &&
           !full && cleat_sftp_offers(j->t->s, "ranges@asyncssh.com");
}

void map_begin_remote(job *j)
{
    if (map_is_worth_it(j))
        map_new(j);
    if (j->map)
        j->map->known = j->at;
}

/* ---- ours ---- */

static void look_for_parts(job *j, chunk *c)
{
    const size_t room = sizeof j->map->parts / sizeof *j->map->parts;
    file_map *m = j->map;
    int failure = 0;
    (void)c;
    while (!failure && m->count < room && m->known < j->size) {
        uint64_t start, end;
        failure = port_file_data(j->file, m->known, &start, &end);
        if (!failure && !add_part(j, (cleat_sftp_range){start, end - start}))
            failure = UV_EOF; /* it became shorter meanwhile */
    }
    if (failure == UV_EOF)
        m->known = j->size;
    else if (failure)
        local_fail(j, failure, j->from);
}

static void has_looked(job *j, chunk *c)
{
    (void)c;
    j->map->asked = false;
    job_broke(j);
}

void map_begin_local(job *j)
{
    if (j->size >= SPARSE_MIN && j->allocated < j->size)
        map_new(j);
}

/* ---- the next data ---- */

static void skip_to(job *j, uint64_t offset)
{
    j->done += offset - j->at;
    j->at = offset;
}

static void ask(job *j)
{
    file_map *m = j->map;
    m->asked = true;
    m->count = m->next = 0;
    if (m->known < j->at)
        m->known = j->at;
    if (j->t->kind->reads)
        ask_remote(j);
    else
        job_work(j, NULL, look_for_parts, has_looked);
}

static bool next_part(job *j, uint64_t *room)
{
    file_map *m = j->map;
    for (; m->next < m->count; m->next++) {
        const cleat_sftp_range *part = &m->parts[m->next];
        if (j->at >= part->offset + part->length)
            continue;
        if (j->at < part->offset)
            skip_to(j, part->offset);
        *room = part->offset + part->length - j->at;
        return true;
    }
    return false;
}

bool map_next(job *j, uint64_t *room)
{
    *room = UINT64_MAX;
    if (!j->map)
        return true; /* the end is where reading finds it, whatever the size was */
    if (j->map->asked)
        return false; /* it belongs to who is asked, which may be a thread */
    if (next_part(j, room))
        return true;
    if (j->map->known < j->size) {
        ask(j);
        return false;
    }
    if (j->at < j->size)
        skip_to(j, j->size);
    data_end(j);
    return false;
}
