/* Which message is legal for whom and when. */
#include "rules.h"

#include "../base/compat.h"
#include "../wire/messages.h"
#include "handlers.h"

enum {
    CLI = CLEAT_CLIENT,
    SRV = CLEAT_SERVER,
    BOTH = CLI | SRV,

    /* Phases in which the peer has sent KEXINIT and may send nothing else of substance. */
    KEX = CL_PH_FIRST_KEX | CL_PH_FIRST_KEX_STRICT | CL_PH_REKEY,
    NEWKEYS = CL_PH_FIRST_NEWKEYS | CL_PH_FIRST_NEWKEYS_STRICT | CL_PH_REKEY_NEWKEYS,
    RUNNING = CL_PH_SERVICE | CL_PH_AUTH | CL_PH_OPEN,
    ANY = CL_PH_FIRST_INIT | KEX | NEWKEYS | RUNNING,

    /* Strict key exchange takes even these from the first exchange (Terrapin). */
    STRICT = CL_PH_FIRST_KEX_STRICT | CL_PH_FIRST_NEWKEYS_STRICT,
    CHATTER = ANY & ~STRICT,
};

/* Numbers with two rows mean different things to the two roles. */
static const cl_rule rules[] = {
    {CL_MSG_disconnect, CL_MSG_disconnect, BOTH, ANY, cl_on_disconnect},
    {CL_MSG_ignore, CL_MSG_ignore, BOTH, CHATTER, cl_on_ignore},
    {CL_MSG_unimplemented, CL_MSG_unimplemented, BOTH, CHATTER, cl_on_unimplemented},
    {CL_MSG_debug, CL_MSG_debug, BOTH, CHATTER, cl_on_debug},
    {CL_MSG_service_request, CL_MSG_service_request, SRV, CL_PH_SERVICE | CL_PH_AUTH,
     cl_on_service_request},
    {CL_MSG_service_accept, CL_MSG_service_accept, CLI, CL_PH_SERVICE, cl_on_service_accept},
    {CL_MSG_ext_info, CL_MSG_ext_info, CLI, CL_PH_SERVICE | CL_PH_AUTH, cl_on_ext_info},
    {CL_MSG_ext_info, CL_MSG_ext_info, SRV, CL_PH_SERVICE, cl_on_ext_info},

    {CL_MSG_kexinit, CL_MSG_kexinit, BOTH, CL_PH_FIRST_INIT | RUNNING, cl_on_kexinit},
    {CL_MSG_newkeys, CL_MSG_newkeys, BOTH, NEWKEYS, cl_on_newkeys},
    {CL_MSG_kex_first, CL_MSG_kex_last, BOTH, KEX, cl_on_kex},

    {CL_MSG_userauth_request, CL_MSG_userauth_request, SRV, CL_PH_AUTH | CL_PH_OPEN,
     cl_on_userauth_request},
    {CL_MSG_userauth_failure, CL_MSG_userauth_failure, CLI, CL_PH_AUTH, cl_on_userauth_failure},
    {CL_MSG_userauth_success, CL_MSG_userauth_success, CLI, CL_PH_AUTH, cl_on_userauth_success},
    {CL_MSG_userauth_banner, CL_MSG_userauth_banner, CLI, CL_PH_AUTH, cl_on_userauth_banner},
    {CL_MSG_method_first, CL_MSG_method_last, BOTH, CL_PH_AUTH, cl_on_userauth_method},

    {CL_MSG_global_request, CL_MSG_global_request, BOTH, CL_PH_OPEN, cl_on_global_request},
    {CL_MSG_request_success, CL_MSG_request_success, BOTH, CL_PH_OPEN, cl_on_request_success},
    {CL_MSG_request_failure, CL_MSG_request_failure, BOTH, CL_PH_OPEN, cl_on_request_failure},
    {CL_MSG_channel_open, CL_MSG_channel_failure, BOTH, CL_PH_OPEN, cl_on_channel_message},

    {CL_MSG_ping, CL_MSG_ping, BOTH, RUNNING, cl_on_ping},
    {CL_MSG_pong, CL_MSG_pong, BOTH, RUNNING, cl_on_pong},
};

const cl_rule *cl_rule_find(uint8_t number, cleat_role role)
{
    const cl_rule *found = NULL;
    for (size_t i = 0; i < CL_COUNT(rules); i++) {
        if (number < rules[i].first || number > rules[i].last)
            continue;
        if (rules[i].roles & role)
            return &rules[i];
        found = &rules[i];
    }
    return found;
}

bool cl_rule_allows(const cl_rule *rule, cleat_role role, cl_phase phase)
{
    return (rule->roles & role) && (rule->phases & phase);
}

bool cl_rule_forgives(uint8_t number, cl_phase base, cl_phase phase)
{
    return base == CL_PH_OPEN && (phase & (CL_PH_REKEY | CL_PH_REKEY_NEWKEYS)) &&
           number >= CL_MSG_global_request && number <= CL_MSG_channel_failure;
}

const char *cl_phase_name(cl_phase phase)
{
    switch (phase) {
    case CL_PH_VERSION:
        return "version exchange";
    case CL_PH_FIRST_INIT:
        return "first KEXINIT";
    case CL_PH_FIRST_KEX:
        return "first key exchange";
    case CL_PH_FIRST_NEWKEYS:
        return "first NEWKEYS";
    case CL_PH_FIRST_KEX_STRICT:
        return "first key exchange (strict)";
    case CL_PH_FIRST_NEWKEYS_STRICT:
        return "first NEWKEYS (strict)";
    case CL_PH_REKEY:
        return "key re-exchange";
    case CL_PH_REKEY_NEWKEYS:
        return "NEWKEYS of a re-exchange";
    case CL_PH_SERVICE:
        return "service request";
    case CL_PH_AUTH:
        return "user authentication";
    case CL_PH_OPEN:
        return "connection";
    }
    return "unknown phase";
}
