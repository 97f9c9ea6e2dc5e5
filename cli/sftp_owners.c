/* What the owners of files are called: versions of SFTP before 4 have only numbers. */
#include "sftp.h"

#include "text.h"

#include <stdlib.h>

static size_t place_of(const sftp_ids *ids, uint32_t id)
{
    size_t i = 0;
    while (i < ids->count && ids->list[i] != id)
        i++;
    return i;
}

void sftp_ids_add(sftp_ids *ids, uint32_t id)
{
    if (ids->count < SFTP_OWNERS_MAX && place_of(ids, id) == ids->count)
        ids->list[ids->count++] = id;
}

const char *sftp_id_name(const sftp_ids *ids, uint32_t id)
{
    size_t i = place_of(ids, id);
    return i < ids->count ? ids->names[i] : NULL;
}

void sftp_ids_clear(sftp_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        free(ids->names[i]);
    *ids = (sftp_ids){.count = 0};
}

typedef struct asked {
    sftp_ids *users, *groups;
} asked;

static size_t take(sftp_ids *ids, const char *const *names, size_t count)
{
    size_t i = 0;
    for (; i < ids->count && i < count; i++) {
        if (names[i][0])
            ids->names[i] = text_format("%s", names[i]);
    }
    return i;
}

static void on_accounts(void *user, const char *const *names, size_t count)
{
    const asked *a = user;
    size_t users = take(a->users, names, count);
    take(a->groups, names + users, count - users);
}

void sftp_ask_owners(sftp *s, sftp_ids *users, sftp_ids *groups)
{
    asked wanted = {users, groups};
    sftp_answer a;
    if (s->gone || !cleat_sftp_offers(s->remote.sftp, "users-groups-by-id@openssh.com"))
        return;
    sftp_answer_init(&a);
    a.on_accounts = on_accounts;
    a.user = &wanted;
    (void)sftp_ask(s, &a,
                   cleat_sftp_accounts(s->remote.sftp, users->list, users->count, groups->list,
                                       groups->count, &a));
    sftp_answer_free(&a);
}
