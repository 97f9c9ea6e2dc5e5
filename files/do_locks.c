/* Locks on ranges of files (draft-ietf-secsh-filexfer-13 §8.6). In the pool. */
#include "files_int.h"

static uint64_t end_of(const byte_range *r)
{
    return r->length ? r->offset + r->length : UINT64_MAX;
}

static bool overlap(const byte_range *a, const byte_range *b)
{
    return a->offset < end_of(b) && b->offset < end_of(a);
}

/* The lock with just this range, or NULL. */
static byte_range *find_lock(opened *o, const byte_range *wanted)
{
    for (size_t i = 0; i < o->lock_count; i++) {
        if (o->locks[i].offset == wanted->offset && o->locks[i].length == wanted->length)
            return &o->locks[i];
    }
    return NULL;
}

/* A second lock of the same handle would melt into the first. */
static bool has_locked(const opened *o, const byte_range *wanted)
{
    for (size_t i = 0; i < o->lock_count; i++) {
        if (overlap(&o->locks[i], wanted))
            return true;
    }
    return false;
}

void do_lock(job *j)
{
    opened *o = j->on;
    const cleat_sftp_request *q = j->request;
    const byte_range wanted = {q->offset, q->length};
    if (!(files_lock_masks() & 1u << q->flags / CLEAT_SFTP_OPEN_BLOCK_READ)) {
        j->code = CLEAT_SFTP_OP_UNSUPPORTED;
        return;
    }
    if (has_locked(o, &wanted) || o->lock_count == LOCKS_MAX) {
        j->code = CLEAT_SFTP_BYTE_RANGE_LOCK_REFUSED;
        return;
    }
    j->failure = port_range_lock(o->file, wanted.offset, wanted.length,
                                 !(q->flags & CLEAT_SFTP_OPEN_BLOCK_READ));
    if (!j->failure)
        o->locks[o->lock_count++] = wanted;
    if (j->failure == UV_EBUSY) {
        j->failure = 0;
        j->code = CLEAT_SFTP_BYTE_RANGE_LOCK_REFUSED;
    }
}

void do_unlock(job *j)
{
    opened *o = j->on;
    const byte_range wanted = {j->request->offset, j->request->length};
    byte_range *lock = find_lock(o, &wanted);
    if (!lock) {
        j->code = CLEAT_SFTP_NO_MATCHING_BYTE_RANGE_LOCK;
        return;
    }
    j->failure = port_range_unlock(o->file, wanted.offset, wanted.length);
    if (!j->failure)
        *lock = o->locks[--o->lock_count];
}

/* Where the system's locks only keep others from locking, no client is told that they do more. */
uint16_t files_lock_masks(void)
{
    enum { READ = 1, WRITE = 2, ADVISORY = 8 }; /* CLEAT_SFTP_OPEN_BLOCK_*, in units of _READ */
    const uint16_t advisory =
        1 << (ADVISORY | READ) | 1 << (ADVISORY | WRITE) | 1 << (ADVISORY | READ | WRITE);
    const uint16_t binding = 1 << READ | 1 << WRITE | 1 << (READ | WRITE);
    return port_range_locks_bind() ? advisory | binding : advisory;
}
