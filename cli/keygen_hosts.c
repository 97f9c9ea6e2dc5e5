/* `cleat keygen -F`, `-R` and `-H`: looking hosts up in known_hosts, forgetting and hashing them.
 */
#include "keygen.h"

#include "port.h"
#include "say.h"
#include "text.h"

#include <cleat/edit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A host's name in the file has its port in it already. */
enum { PLAIN_PORT = 22 };

/* One run. */
typedef struct hosts {
    const keygen_options *o;
    char *path;
    unsigned found; /* lines that were looked for */
    unsigned lines; /* -F: that have been read */
    cleat_status status;
    bool changed;
    unsigned *numbers; /* -R: of the lines that go */
    size_t number_count;
} hosts;

static void put(cleat_slice text)
{
    fwrite(text.data, 1, text.len, stdout);
}

/* ---- -F ---- */

static const char *mark_of(const cleat_host_line *line)
{
    if (line->kind == CLEAT_HOST_LINE_AUTHORITY)
        return "CA";
    return line->kind == CLEAT_HOST_LINE_REVOKED ? "REVOKED" : "";
}

static void show_head(const hosts *h, const cleat_host_line *line)
{
    if (!h->o->quiet)
        printf("# Host %s found: line %u %s\n", h->o->find_host, line->number, mark_of(line));
}

static void show_key(const hosts *h, const cleat_key *key)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    char art[CLEAT_RANDOMART_MAX];
    if (cleat_key_fingerprint(key, h->o->hash, fingerprint) != CLEAT_OK)
        return;
    char *comment = text_printable(cleat_key_comment(key));
    bool has_comment = comment && *comment;
    printf("%s %s %s%s%s\n", h->o->find_host, cleat_key_label(key), fingerprint,
           has_comment ? " " : "", has_comment ? comment : "");
    if (h->o->verbose && cleat_key_randomart(key, h->o->hash, art) == CLEAT_OK)
        printf("%s\n", art);
    free(comment);
}

/* -l: a key that cannot be read has no fingerprint. */
static void on_key(void *user, const cleat_host_line *line)
{
    hosts *h = user;
    cleat_key *key;
    if (cleat_key_read_public(&key, h->o->ctx, line->key, NULL, NULL) != CLEAT_OK)
        return;
    h->found++;
    show_head(h, line);
    show_key(h, key);
    cleat_key_unref(key);
}

static void on_line(void *user, const cleat_host_line *line)
{
    hosts *h = user;
    cleat_bytes hashed = {0};
    h->found++;
    show_head(h, line);
    if (h->o->hash_hosts &&
        cleat_known_hosts_hash(h->o->ctx, line->text, NULL, NULL, &hashed) == CLEAT_OK)
        put((cleat_slice){hashed.data, hashed.len});
    else
        put(line->text);
    if (!hashed.len || hashed.data[hashed.len - 1] != '\n')
        putchar('\n');
    cleat_bytes_free(&hashed);
}

static bool find_in(void *user, cleat_slice piece)
{
    hosts *h = user;
    h->status = cleat_known_hosts_each(h->o->ctx, piece, h->o->find_host, PLAIN_PORT, &h->lines,
                                       h->o->show_fingerprint ? on_key : on_line, h);
    return h->status == CLEAT_OK;
}

static int find(hosts *h)
{
    cleat_error error = {0};
    cleat_status st =
        port_file_read_lines(h->path, PORT_TRUST_ANY, NULL, KEYGEN_FILE_MAX, find_in, h, &error);
    if (st != CLEAT_OK)
        return keygen_fail("%s", error.text);
    if (h->status != CLEAT_OK && h->status != CLEAT_E_BAD_CALL) /* what is no name is not found */
        return keygen_fail("%s: %s", h->path, cleat_status_text(h->status));
    return h->found ? 0 : 1;
}

/* ---- -R and -H ---- */

static void on_removed(void *user, const cleat_host_line *line)
{
    hosts *h = user;
    h->found++;
    unsigned *more = realloc(h->numbers, (h->number_count + 1) * sizeof *more);
    if (!more)
        return;
    h->numbers = more;
    more[h->number_count++] = line->number;
}

static cleat_status remove_host(void *user, cleat_slice old, cleat_bytes *out)
{
    hosts *h = user;
    h->found = 0;
    h->number_count = 0;
    cleat_status st =
        cleat_known_hosts_remove(h->o->ctx, old, h->o->forget_host, PLAIN_PORT, on_removed, h, out);
    h->changed = h->found != 0;
    return st == CLEAT_E_BAD_CALL ? CLEAT_OK : st;
}

static void on_not_hashed(void *user, const cleat_host_line *line)
{
    hosts *h = user;
    if (line->kind == CLEAT_HOST_LINE_UNREADABLE) {
        say(CLEAT_LOG_ERROR, "%s:%u: invalid line", h->path, line->number);
        return;
    }
    say(CLEAT_LOG_INFO, "%s:%u: ignoring host name with wildcard: %.*s", h->path, line->number,
        (int)(line->names.len < 64 ? line->names.len : 64), (const char *)line->names.data);
}

static cleat_status hash_hosts(void *user, cleat_slice old, cleat_bytes *out)
{
    hosts *h = user;
    cleat_status st = cleat_known_hosts_hash(h->o->ctx, old, on_not_hashed, h, out);
    h->changed =
        st == CLEAT_OK && (out->len != old.len || memcmp(out->data, old.data, old.len) != 0);
    return st;
}

static int edit(hosts *h, port_editor change)
{
    cleat_error error = {0};
    char *backup = text_format("%s.old", h->path);
    cleat_status st = backup ? port_file_edit(h->path, KEYGEN_FILE_MAX, backup, change, h, &error)
                             : CLEAT_E_NOMEM;
    if (st != CLEAT_OK) {
        free(backup);
        return keygen_fail("%s", error.text[0] ? error.text : cleat_status_text(st));
    }
    for (size_t i = 0; i < h->number_count && !h->o->quiet; i++)
        printf("# Host %s found: line %u\n", h->o->forget_host, h->numbers[i]);
    if (h->changed)
        printf("%s updated.\nOriginal contents retained as %s\n", h->path, backup);
    if (h->changed && !h->o->forget_host) {
        say(CLEAT_LOG_INFO, "WARNING: %s contains unhashed entries", backup);
        say(CLEAT_LOG_INFO, "Delete this file to ensure privacy of hostnames");
    }
    free(backup);
    return 0;
}

static int forget(hosts *h)
{
    int status = edit(h, remove_host);
    if (status == 0 && !h->found)
        say(CLEAT_LOG_ERROR, "Host %s not found in %s", h->o->forget_host, h->path);
    return status;
}

/* ---- all ---- */

static char *usual_path(void)
{
    char *folder = NULL;
    char *path = NULL;
    if (port_path(&folder, PORT_PLACE_USER_SSH, NULL) == CLEAT_OK)
        path = text_format("%s/known_hosts", folder);
    port_free(folder);
    return path;
}

int keygen_hosts(const keygen_options *o)
{
    hosts h = {.o = o, .path = o->file ? text_format("%s", o->file) : usual_path()};
    int status;
    if (!h.path)
        status = keygen_fail("%s", cleat_status_text(CLEAT_E_NO_SUCH));
    else if (o->find_host)
        status = find(&h);
    else
        status = o->forget_host ? forget(&h) : edit(&h, hash_hosts);
    free(h.numbers);
    free(h.path);
    return status;
}
