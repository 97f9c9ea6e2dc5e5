/* Running in the background: what the service control manager takes over is not asked for here. */
#include "port.h"

#include "fail.h"

cleat_status port_service_detach(cleat_error *error)
{
    return port_fail(error, CLEAT_E_UNSUPPORTED,
                     "Windows programs cannot leave their console; start it in the foreground "
                     "(cleatd: -D) or from the task scheduler");
}

cleat_status port_service_ready(bool keep_output, cleat_error *error)
{
    (void)keep_output, (void)error;
    return CLEAT_OK;
}

cleat_status port_service_succeed(int64_t *process, int *ready, const int *sockets, size_t count,
                                  const char *places, cleat_error *error)
{
    (void)sockets, (void)count, (void)places;
    *process = 0;
    *ready = -1;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "Windows programs cannot hand their sockets over");
}

const char *port_service_inherited(void)
{
    return NULL;
}

void port_service_hand_over(int64_t process)
{
    (void)process;
}

int port_service_succession_signal(void)
{
    return 0;
}

bool port_service_hangup_reloads(void)
{
    return false;
}

void port_service_notify(port_service_state state)
{
    (void)state;
}

unsigned port_service_watchdog(void)
{
    return 0;
}

unsigned port_service_sockets(int *first)
{
    *first = 0;
    return 0;
}
