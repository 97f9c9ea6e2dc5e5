/* Which hosts `cleat keyscan` looks at: names, addresses and networks, from lines and arguments. */
#include "keyscan.h"
#include "port.h"
#include "say.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 64 << 20, PIECE = 64 << 10, ADDRESS_MAX = 16, ADDRESS_TEXT = 64 };

/* The addresses of a network that are left. */
typedef struct network {
    int family;
    size_t len; /* of an address */
    uint8_t next[ADDRESS_MAX], last[ADDRESS_MAX];
    bool open;
} network;

struct keyscan_source {
    char *input[KEYSCAN_FILES_MAX];
    size_t input_count, current;
    char *at;           /* in the current one */
    char *const *hosts; /* of the command line */
    network net;
};

/* ---- reading ---- */

static char *read_stdin(void)
{
    size_t len = 0;
    size_t room = 0;
    char *text = NULL;
    do {
        char *longer = len < INPUT_MAX ? realloc(text, room += PIECE) : NULL;
        if (!longer) {
            say(CLEAT_LOG_FATAL, "standard input has more hosts than can be kept");
            free(text);
            return NULL;
        }
        text = longer;
        len += fread(text + len, 1, room - len - 1, stdin);
    } while (len == room - 1);
    text[len] = 0;
    return text;
}

static char *read_file(const char *path)
{
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    if (port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, INPUT_MAX, &error) != CLEAT_OK) {
        say(CLEAT_LOG_FATAL, "%s", error.text);
        return NULL;
    }
    char *text = text_format("%s", (const char *)data);
    port_free(data);
    return text;
}

keyscan_source *keyscan_source_open(const keyscan_options *o)
{
    keyscan_source *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->hosts = o->hosts;
    for (size_t i = 0; i < o->file_count; i++) {
        const char *path = o->files[i];
        char *text = strcmp(path, "-") == 0 ? read_stdin() : read_file(path);
        if (!text) {
            keyscan_source_close(s);
            return NULL;
        }
        s->input[s->input_count++] = text;
    }
    s->at = s->input[0];
    return s;
}

void keyscan_source_close(keyscan_source *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->input_count; i++)
        free(s->input[i]);
    free(s);
}

/* The next line without its comment; NULL past the end of all files. */
static const char *next_line(keyscan_source *s)
{
    while (s->current < s->input_count && !*s->at)
        s->at = s->input[++s->current];
    if (s->current == s->input_count)
        return NULL;
    char *line = s->at;
    char *end = line + strcspn(line, "\n");
    s->at = *end ? end + 1 : end;
    *end = 0;
    line[strcspn(line, "#")] = 0;
    return line;
}

/* ---- networks ---- */

static bool parse_address(network *n, const char *text)
{
    n->family = strchr(text, ':') ? AF_INET6 : AF_INET;
    n->len = n->family == AF_INET6 ? 16 : 4;
    return uv_inet_pton(n->family, text, n->next) == 0;
}

/* "192.0.2.0/28": from this address to the last of its network. */
static bool parse_network(network *n, const char *text)
{
    char address[ADDRESS_TEXT];
    uint32_t bits;
    const char *slash = strchr(text, '/');
    if (!slash || (size_t)(slash - text) >= sizeof address)
        return false;
    snprintf(address, sizeof address, "%.*s", (int)(slash - text), text);
    if (!parse_address(n, address) || !text_number(slash + 1, (uint32_t)n->len * 8, &bits))
        return false;
    memcpy(n->last, n->next, n->len);
    for (size_t bit = bits; bit < n->len * 8; bit++)
        n->last[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    n->open = true;
    return true;
}

static bool next_of_network(network *n, keyscan_host *host)
{
    char text[ADDRESS_TEXT];
    size_t i = n->len;
    if (uv_inet_ntop(n->family, n->next, text, sizeof text) != 0)
        return false;
    n->open = memcmp(n->next, n->last, n->len) != 0;
    while (i && ++n->next[i - 1] == 0)
        i--;
    *host = (keyscan_host){.addresses = text_format("%s", text), .names = text_format("%s", text)};
    return true;
}

/* ---- hosts ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* "addresses names", or "addresses", which are its names then. False for an empty line. */
static bool parse_line(const char *line, keyscan_host *host)
{
    static const char blanks[] = " \t\r";
    line += strspn(line, blanks);
    size_t len = strcspn(line, blanks);
    const char *names = line + len + strspn(line + len, blanks);
    size_t names_len = strlen(names);
    while (names_len && is_blank(names[names_len - 1]))
        names_len--;
    if (!len)
        return false;
    host->addresses = text_format("%.*s", (int)len, line);
    host->names = names_len ? text_format("%.*s", (int)names_len, names)
                            : text_format("%.*s", (int)len, line);
    return true;
}

/* What a line stands for: a network, a host, or nothing. */
static bool take_line(keyscan_source *s, const char *line, keyscan_host *host)
{
    if (!parse_line(line, host))
        return false;
    if (!host->addresses || !host->names || strcmp(host->addresses, host->names) != 0 ||
        !parse_network(&s->net, host->addresses))
        return true;
    keyscan_host_free(host);
    return next_of_network(&s->net, host);
}

bool keyscan_source_next(keyscan_source *s, keyscan_host *host)
{
    const char *line;
    bool found = false;
    *host = (keyscan_host){0};
    if (s->net.open)
        found = next_of_network(&s->net, host);
    while (!found && (line = next_line(s)) != NULL)
        found = take_line(s, line, host);
    while (!found && *s->hosts)
        found = take_line(s, *s->hosts++, host);
    if (found && host->addresses && host->names)
        return true;
    keyscan_host_free(host);
    return false;
}

void keyscan_host_free(keyscan_host *host)
{
    free(host->addresses);
    free(host->names);
    *host = (keyscan_host){0};
}
