/* What the configuration says about one client. */
#ifndef CLEATD_RULES_H
#define CLEATD_RULES_H

#include "config_files.h"

#include <cleat/key.h>
#include <cleat/log.h>

/* What Match lines ask about. Members that are not known are NULL and match nothing. */
typedef struct visitor {
    const char *user;
    bool known;          /* it is the user that is served */
    char *const *groups; /* that user's, NULL-terminated; NULL: they cannot be told */
    const char *host;    /* the name by UseDNS, else the address */
    const char *address, *local_address;
    uint16_t local_port;
} visitor;

/* Shared by all clients where no Match line tells them apart. */
typedef struct rules {
    unsigned references;
    cleat_config *config;
    cleat_policy *policy; /* algorithms */
    bool system;          /* many users are served */
} rules;

/* v NULL: no block applies but those for all. */
CLEAT_MUST_USE cleat_status rules_new(rules **out, config_files *files, cleat_ctx *ctx,
                                      const visitor *v, cleat_error *error);
rules *rules_ref(rules *r);
void rules_unref(rules *r);

bool rules_flag(const rules *r, const char *keyword);
int64_t rules_number(const rules *r, const char *keyword);
const char *rules_text(const rules *r, const char *keyword); /* NULL for "none" as for nothing */
/* Of a keyword whose value is a command's words, or "none". */
bool rules_names_command(const rules *r, const char *keyword);
cleat_log_level rules_log_level(const rules *r);
cleat_fingerprint_hash rules_fingerprint_hash(const rules *r);
uint32_t rules_rekey_seconds(const rules *r);

/* Whether users may show X.509 certificates: somebody is trusted to issue them. */
bool rules_x509(const rules *r);

/* Whether users may log in with passwords, which PAM checks. */
bool rules_passwords(const rules *r);

/* Whether users may be asked questions, which are PAM's (keyboard-interactive). */
bool rules_questions(const rules *r);

#endif
