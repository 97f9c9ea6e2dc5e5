/* The OCSP responses that are shown with the user's X.509 certificates. */
#include "responses.h"

#include "hop.h"
#include "say.h"

#include <stdlib.h>

static void add(ssh_hop *h, const char *path)
{
    uint8_t *data;
    size_t len;
    cleat_error error = {0};
    ocsp_responses *r = &h->responses;
    if (r->count == SSH_RESPONSES_MAX)
        say(CLEAT_LOG_ERROR, "OCSPResponseFile %s: there are too many of them", path);
    else if (port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, CLEAT_X509_PART_MAX, &error) !=
             CLEAT_OK)
        say(CLEAT_LOG_ERROR, "OCSPResponseFile: %s", error.text);
    else {
        r->data[r->count] = data;
        r->list[r->count++] = (cleat_slice){data, len};
    }
}

void responses_read(ssh_hop *h)
{
    for (size_t i = 0; i < cleat_config_count(h->config, "OCSPResponseFile"); i++) {
        char *path = hop_value(h, "OCSPResponseFile", i);
        if (path)
            add(h, path);
        free(path);
    }
}

void responses_forget(ssh_hop *h)
{
    while (h->responses.count)
        port_free(h->responses.data[--h->responses.count]);
}
