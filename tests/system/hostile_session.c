/* A session process that its user has taken over: where streams are wanted of it, it hands back
 * what the client names: "file", "device", "terminal", or a "pipe" that nobody reads and to which
 * it makes every write wait. Linked into cleatd in the place of daemon/session_process.c. */
#include "../../daemon/session_process.h"

#include "../../monitor/messages.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool is_text(cleat_slice text, const char *wanted)
{
    return text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

static int new_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    const char *name = grantpt(master) == 0 && unlockpt(master) == 0 ? ptsname(master) : NULL;
    return name ? open(name, O_RDWR | O_NOCTTY) : -1;
}

static int pipe_end = -1; /* what the other process writes to */

static int new_pipe(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    if (pipe_end < 0)
        pipe_end = dup(ends[1]);
    return ends[1];
}

static int new_descriptor(cleat_slice kind)
{
    if (is_text(kind, "pipe"))
        return new_pipe();
    if (is_text(kind, "file"))
        return memfd_create("file", 0);
    return is_text(kind, "device") ? open("/dev/zero", O_RDWR) : new_terminal();
}

static void send_with(int network, monitor_packet *packet, cleat_slice kind, size_t count)
{
    port_attached attached = {.count = count};
    for (size_t i = 0; i < count; i++)
        attached.fds[i] = new_descriptor(kind);
    if (port_message_send(network, (cleat_slice){packet->data, packet->len}, &attached, NULL) !=
        CLEAT_OK)
        port_part_exit(1);
    port_attached_close(&attached);
    monitor_packet_free(packet);
}

/* Of what is asked for in the words "arrived KIND" nothing is answered: something comes unasked. */
static bool answer_request(int network, cleat_slice bytes)
{
    static const char unasked[] = "arrived ";
    const size_t len = sizeof unasked - 1;
    monitor_request m;
    monitor_packet packet;
    if (monitor_decode_request(bytes, &m) != CLEAT_OK)
        return false;
    bool comes = m.text.len > len && memcmp(m.text.data, unasked, len) == 0;
    cleat_status st =
        comes ? monitor_encode_arrived(&packet, &(monitor_arrived){.number = m.session})
              : monitor_encode_answer(&packet, &(monitor_answer){m.session, true, true});
    if (st != CLEAT_OK)
        return false;
    if (comes)
        send_with(network, &packet, (cleat_slice){m.text.data + len, m.text.len - len}, 1);
    else
        send_with(network, &packet, m.text, 3);
    return true;
}

static bool answer_dial(int network, cleat_slice bytes)
{
    monitor_dial m;
    monitor_packet packet;
    if (monitor_decode_dial(bytes, &m) != CLEAT_OK ||
        monitor_encode_dialled(&packet, &(monitor_dialled){.forward = m.forward, .done = true}) !=
            CLEAT_OK)
        return false;
    send_with(network, &packet, m.host, 1);
    return true;
}

/* The flags are one for all who have the same end. */
static void have_writes_wait(void)
{
    if (pipe_end >= 0)
        fcntl(pipe_end, F_SETFL, 0);
}

_Noreturn void session_process_main(connection *c, int network, int monitor)
{
    static uint8_t space[MONITOR_MESSAGE_MAX];
    (void)monitor;
    port_part_name("cleatd-session", c->user);
    if (port_user_become(c->account->user, NULL, NULL) != CLEAT_OK)
        port_part_exit(1);
    for (;;) {
        size_t len;
        port_attached attached;
        struct pollfd ready = {.fd = network, .events = POLLIN};
        while (poll(&ready, 1, pipe_end < 0 ? -1 : 1) == 0)
            have_writes_wait();
        cleat_status st = port_message_receive(network, space, sizeof space, &len, &attached, NULL);
        const cleat_slice bytes = {space, len};
        bool good = st == CLEAT_OK;
        if (good && monitor_number(bytes) == MONITOR_request)
            good = answer_request(network, bytes);
        else if (good && monitor_number(bytes) == MONITOR_dial)
            good = answer_dial(network, bytes);
        if (!good)
            port_part_exit(0);
    }
}
