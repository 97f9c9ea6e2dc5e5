/* Questions of an engine that this process answers itself. */
#include "admission.h"
#include "audit.h"
#include "moduli.h"
#include "server.h"
#include "traffic.h"

static void answer(const connection *c, cleat_status st)
{
    if (st != CLEAT_OK)
        log_about(c, CLEAT_LOG_DEBUG1, "[%llu] %s", (unsigned long long)c->id,
                  cleat_status_text(st));
}

static void sign(connection *c, const cleat_event *ev)
{
    const setup *s = c->setup;
    cleat_bytes signature = {0};
    for (size_t i = 0; i < s->host_key_count; i++) {
        if (!cleat_slice_equal(cleat_key_blob(s->host_keys[i]), ev->u.sign.key_blob))
            continue;
        if (cleat_key_sign(s->host_keys[i], ev->u.sign.algorithm, ev->u.sign.message, &signature,
                           NULL) == CLEAT_OK)
            break;
    }
    answer(c, cleat_answer_signature(cleat_uv_conn(c->uv), ev->query,
                                     (cleat_slice){signature.data, signature.len}));
    cleat_bytes_free(&signature);
}

static void choose_group(connection *c, const cleat_event *ev)
{
    cleat_conn *conn = cleat_uv_conn(c->uv);
    moduli_group group;
    const moduli_sizes sizes = {ev->u.dh_group.min, ev->u.dh_group.preferred, ev->u.dh_group.max};
    if (moduli_pick(&group, rules_text(c->rules, "ModuliFile"), &sizes)) {
        const uint8_t generator[] = {(uint8_t)group.generator};
        answer(c, cleat_answer_dh_group(conn, ev->query, (cleat_slice){group.prime, group.len},
                                        (cleat_slice){generator, sizeof generator}));
    } else {
        answer(c, cleat_answer_reject(conn, ev->query));
    }
}

static void ended(connection *c, cleat_status why)
{
    traffic_note(c);
    admission_note_end(c, why);
    audit_disconnect(c, why);
}

const arbiter arbiter_here = {sign, choose_group, auth_decide, ended};
