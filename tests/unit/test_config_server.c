/* The table of sshd_config(5): complete, consistent; and what Match blocks of a server mean. */
#include <cleat/config.h>

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every keyword that sshd_config(5) of OpenSSH 10.5 documents, and old ones that it still reads. */
static const char *const known[] = {
    "Port",
    "ListenAddress",
    "AddressFamily",
    "PidFile",
    "UseDNS",
    "MaxStartups",
    "LoginGraceTime",
    "MaxSessions",
    "TCPKeepAlive",
    "ClientAliveInterval",
    "ClientAliveCountMax",
    "PerSourceMaxStartups",
    "PerSourceNetBlockSize",
    "PerSourcePenalties",
    "PerSourcePenaltyExemptList",
    "UnusedConnectionTimeout",
    "ChannelTimeout",
    "RefuseConnection",
    "IPQoS",
    "RDomain",
    "VersionAddendum",
    "HostKey",
    "HostCertificate",
    "HostKeyAgent",
    "HostKeyAlgorithms",
    "AllowUsers",
    "DenyUsers",
    "AllowGroups",
    "DenyGroups",
    "PermitRootLogin",
    "StrictModes",
    "AuthenticationMethods",
    "MaxAuthTries",
    "Banner",
    "PubkeyAuthentication",
    "AuthorizedKeysFile",
    "AuthorizedKeysCommand",
    "AuthorizedKeysCommandUser",
    "PubkeyAcceptedAlgorithms",
    "PubkeyAuthOptions",
    "TrustedUserCAKeys",
    "AuthorizedPrincipalsFile",
    "AuthorizedPrincipalsCommand",
    "AuthorizedPrincipalsCommandUser",
    "RevokedKeys",
    "CASignatureAlgorithms",
    "RequiredRSASize",
    "ExposeAuthInfo",
    "SecurityKeyProvider",
    "PasswordAuthentication",
    "PermitEmptyPasswords",
    "KbdInteractiveAuthentication",
    "UsePAM",
    "PAMServiceName",
    "GSSAPIAuthentication",
    "GSSAPICleanupCredentials",
    "GSSAPIDelegateCredentials",
    "GSSAPIStrictAcceptorCheck",
    "KerberosAuthentication",
    "KerberosGetAFSToken",
    "KerberosOrLocalPasswd",
    "KerberosTicketCleanup",
    "HostbasedAuthentication",
    "HostbasedAcceptedAlgorithms",
    "HostbasedUsesNameFromPacketOnly",
    "IgnoreRhosts",
    "IgnoreUserKnownHosts",
    "Subsystem",
    "ForceCommand",
    "ChrootDirectory",
    "AcceptEnv",
    "SetEnv",
    "PermitTTY",
    "PermitUserEnvironment",
    "PermitUserRC",
    "PrintMotd",
    "PrintLastLog",
    "LogLevel",
    "LogVerbose",
    "SyslogFacility",
    "FingerprintHash",
    "AllowTcpForwarding",
    "AllowStreamLocalForwarding",
    "AllowAgentForwarding",
    "DisableForwarding",
    "PermitOpen",
    "PermitListen",
    "GatewayPorts",
    "StreamLocalBindMask",
    "StreamLocalBindUnlink",
    "PermitTunnel",
    "X11Forwarding",
    "X11DisplayOffset",
    "X11UseLocalhost",
    "XAuthLocation",
    "Ciphers",
    "MACs",
    "KexAlgorithms",
    "ModuliFile",
    "RekeyLimit",
    "Compression",
    "SshdSessionPath",
    "SshdAuthPath",
    "Protocol",
    "UsePrivilegeSeparation",
    "ServerKeyBits",
    "KeyRegenerationInterval",
    "RhostsAuthentication",
    "RhostsRSAAuthentication",
    "RSAAuthentication",
    "CheckMail",
    "UseLogin",
    "VerifyReverseMapping",
    "ReverseMappingCheck",
    "AuthorizedKeysFile2",
    "KerberosTgtPassing",
    "AFSTokenPassing",
    "DSAAuthentication",
    "SkeyAuthentication",
    "KeepAlive",
    "HostDSAKey",
    "HostbasedAcceptedKeyTypes",
    "PubkeyAcceptedKeyTypes",
    "ChallengeResponseAuthentication",
};

/* Those that may stand in a Match block. */
static const char *const in_match[] = {
    "MaxSessions",
    "ClientAliveInterval",
    "ClientAliveCountMax",
    "UnusedConnectionTimeout",
    "ChannelTimeout",
    "RefuseConnection",
    "IPQoS",
    "RDomain",
    "AllowUsers",
    "DenyUsers",
    "AllowGroups",
    "DenyGroups",
    "PermitRootLogin",
    "AuthenticationMethods",
    "MaxAuthTries",
    "Banner",
    "PubkeyAuthentication",
    "AuthorizedKeysFile",
    "AuthorizedKeysCommand",
    "AuthorizedKeysCommandUser",
    "PubkeyAcceptedAlgorithms",
    "PubkeyAuthOptions",
    "TrustedUserCAKeys",
    "AuthorizedPrincipalsFile",
    "AuthorizedPrincipalsCommand",
    "AuthorizedPrincipalsCommandUser",
    "MandatoryCRL",
    "StapledOCSP",
    "AllowedCertPurpose",
    "X509UserName",
    "RevokedKeys",
    "CASignatureAlgorithms",
    "RequiredRSASize",
    "ExposeAuthInfo",
    "PasswordAuthentication",
    "PermitEmptyPasswords",
    "KbdInteractiveAuthentication",
    "PAMServiceName",
    "GSSAPIAuthentication",
    "KerberosAuthentication",
    "HostbasedAuthentication",
    "HostbasedAcceptedAlgorithms",
    "HostbasedUsesNameFromPacketOnly",
    "IgnoreRhosts",
    "Subsystem",
    "ForceCommand",
    "ChrootDirectory",
    "AcceptEnv",
    "SetEnv",
    "PermitTTY",
    "PermitUserRC",
    "LogLevel",
    "LogVerbose",
    "AllowTcpForwarding",
    "AllowStreamLocalForwarding",
    "AllowAgentForwarding",
    "DisableForwarding",
    "PermitOpen",
    "PermitListen",
    "GatewayPorts",
    "StreamLocalBindMask",
    "StreamLocalBindUnlink",
    "PermitTunnel",
    "X11Forwarding",
    "X11DisplayOffset",
    "X11UseLocalhost",
    "RekeyLimit",
};

static bool may_stand_in_match(const char *name)
{
    for (size_t i = 0; i < sizeof in_match / sizeof *in_match; i++) {
        if (strcmp(in_match[i], name) == 0)
            return true;
    }
    return false;
}

static void every_keyword_has_a_row(void)
{
    const cleat_config_table *table = cleat_config_server_table();
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!cleat_config_find(table, known[i]))
            printf("%s is missing\n", known[i]);
        CU_ASSERT_PTR_NOT_NULL(cleat_config_find(table, known[i]));
    }
}

static void rows_make_sense(void)
{
    const cleat_config_table *table = cleat_config_server_table();
    const unsigned apart = CLEAT_CONFIG_NO_EFFECT | CLEAT_CONFIG_REFUSED;
    for (size_t i = 0; i < table->count; i++) {
        const cleat_config_row *row = &table->rows[i];
        CU_ASSERT_TRUE(row->help && row->help[0] && row->help[strlen(row->help) - 1] == '.');
        CU_ASSERT_PTR_NOT_NULL(cleat_config_find(table, row->name));
        CU_ASSERT_FALSE(row->type == CLEAT_CONFIG_WORD && !row->words);
        CU_ASSERT_NOT_EQUAL(row->flags & apart, apart);
        bool old = row->type == CLEAT_CONFIG_ALIAS || (row->flags & CLEAT_CONFIG_IGNORED);
        bool marked = (row->flags & CLEAT_CONFIG_IN_MATCH) != 0;
        if (!old && marked != may_stand_in_match(row->name))
            printf("%s: Match?\n", row->name);
        CU_ASSERT_TRUE(old || marked == may_stand_in_match(row->name));
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(table->rows[k].name, row->name);
    }
}

static void read_back(void *user, const char *text)
{
    cleat_error error;
    cleat_status st = cleat_config_set(user, "dump", text, &error);
    if (st != CLEAT_OK)
        printf("%s: %s\n", text, error.text);
    CU_ASSERT_EQUAL(st, CLEAT_OK);
}

/* Also shows that each fallback is a value that the row itself takes, and none is warned about. */
static void the_defaults_read_back(void)
{
    cleat_config *c;
    cleat_config *again;
    CU_ASSERT_EQUAL_FATAL(cleat_config_new(&c, NULL, cleat_config_server_table()), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_config_new(&again, NULL, cleat_config_server_table()), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_config_dump(c, read_back, again), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_config_number(again, "LoginGraceTime"), 120);
    CU_ASSERT_EQUAL(cleat_config_number(again, "PermitRootLogin"), 2);
    CU_ASSERT_PTR_NULL(cleat_config_note(again, 0));
    cleat_config_free(again);
    cleat_config_free(c);
}

/* ---- blocks ---- */

typedef struct visitor {
    const char *user;
    unsigned checked;
} visitor;

static cleat_status match(void *user, const cleat_config *c, const cleat_config_question *question,
                          bool *matches, cleat_error *error)
{
    const visitor *v = user;
    (void)c;
    (void)error;
    *matches = strcmp(question->criterion, "user") == 0 && strcmp(question->argument, v->user) == 0;
    return CLEAT_OK;
}

static cleat_status include(void *user, const char *pattern, const char *from,
                            cleat_config_reading *reading, cleat_error *error)
{
    (void)user;
    (void)from;
    return cleat_config_included(reading, pattern, cleat_slice_of("MaxAuthTries 2\n"), error);
}

static cleat_status check(void *user, const cleat_config_row *row, const char *const *items,
                          size_t count, cleat_error *error)
{
    visitor *v = user;
    (void)count;
    v->checked++;
    if (strcmp(row->name, "IPQoS") != 0 || strcmp(items[0], "odd") != 0)
        return CLEAT_OK;
    snprintf(error->text, sizeof error->text, "IPQoS: odd");
    return CLEAT_E_CONFIG;
}

/* As a server does for one client: first the blocks, then the rest. */
static cleat_config *read_for(const char *user, const char *text, cleat_error *error)
{
    visitor v = {.user = user};
    cleat_config_host host = {
        .struct_size = sizeof host, .user = &v, .include = include, .match = match, .check = check};
    cleat_config *c;
    *error = (cleat_error){0};
    CU_ASSERT_EQUAL_FATAL(cleat_config_new(&c, NULL, cleat_config_server_table()), CLEAT_OK);
    host.scope = CLEAT_CONFIG_BLOCKS;
    cleat_status st = cleat_config_read(c, "file", cleat_slice_of(text), &host, error);
    host.scope = CLEAT_CONFIG_OUTSIDE;
    if (st == CLEAT_OK)
        st = cleat_config_read(c, "file", cleat_slice_of(text), &host, error);
    CU_ASSERT_EQUAL(st == CLEAT_OK, error->text[0] == 0);
    return c;
}

static const char blocks[] = "MaxAuthTries 6\n"
                             "AcceptEnv LANG\n"
                             "Subsystem sftp one\n"
                             "Match User me\n"
                             "  MaxAuthTries 3\n"
                             "  Banner first\n"
                             "  AcceptEnv A\n"
                             "  Subsystem sftp two\n"
                             "Match User me\n"
                             "  Banner second\n"
                             "  AcceptEnv B\n"
                             "Match all\n"
                             "  PermitTTY no\n";

static void a_matching_block_counts_more_than_the_rest(void)
{
    cleat_error error;
    cleat_config *c = read_for("me", blocks, &error);
    CU_ASSERT_EQUAL(cleat_config_number(c, "MaxAuthTries"), 3);
    CU_ASSERT_STRING_EQUAL(cleat_config_text(c, "Banner"), "first");
    CU_ASSERT_EQUAL(cleat_config_count(c, "AcceptEnv"), 2);
    CU_ASSERT_STRING_EQUAL(cleat_config_item(c, "AcceptEnv", 0), "A");
    CU_ASSERT_STRING_EQUAL(cleat_config_item(c, "AcceptEnv", 1), "B");
    CU_ASSERT_FALSE(cleat_config_flag_of(c, "PermitTTY"));
    CU_ASSERT_TRUE(cleat_config_has_match(c));
    cleat_config_free(c);
}

static void other_clients_get_the_rest(void)
{
    cleat_error error;
    cleat_config *c = read_for("you", blocks, &error);
    CU_ASSERT_EQUAL(cleat_config_number(c, "MaxAuthTries"), 6);
    CU_ASSERT_STRING_EQUAL(cleat_config_text(c, "Banner"), "none");
    CU_ASSERT_EQUAL(cleat_config_count(c, "AcceptEnv"), 1);
    CU_ASSERT_EQUAL(cleat_config_count(c, "Subsystem"), 1);
    CU_ASSERT_FALSE(cleat_config_flag_of(c, "PermitTTY"));
    cleat_config_free(c);
}

static void subsystems_of_blocks_come_before_the_others(void)
{
    cleat_error error;
    cleat_config *c = read_for("me", blocks, &error);
    CU_ASSERT_EQUAL_FATAL(cleat_config_count(c, "Subsystem"), 2);
    CU_ASSERT_STRING_EQUAL(cleat_config_item(c, "Subsystem", 0), "sftp two");
    CU_ASSERT_STRING_EQUAL(cleat_config_item(c, "Subsystem", 1), "sftp one");
    cleat_config_free(c);
}

static void includes_belong_to_their_block(void)
{
    cleat_error error;
    cleat_config *c = read_for("me", "MaxAuthTries 9\nMatch User me\nInclude more\n", &error);
    CU_ASSERT_EQUAL(cleat_config_number(c, "MaxAuthTries"), 2);
    cleat_config_free(c);
    c = read_for("you", "MaxAuthTries 9\nMatch User me\nInclude more\n", &error);
    CU_ASSERT_EQUAL(cleat_config_number(c, "MaxAuthTries"), 9);
    cleat_config_free(c);
}

static void mistakes_in_any_block_are_found(void)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"Match User a\nPort 22\n", "file line 2: Port cannot stand in a Match block"},
        {"Match User a\nMaxSessions x\n", "file line 2: MaxSessions: \"x\" is not a number"},
        {"Match User a\n\nRDomain %D\n", "file line 3: RDomain is not supported"},
        {"Match User a\nIPQoS odd\n", "file line 2: IPQoS: odd"},
        {"Match User a\nNope\n", "file line 2: Bad configuration option: Nope"},
        {"Match Colour red\n", "file line 1: Match: \"Colour\" is no criterion"},
        {"Match invalid-user=x\n", "file line 1: Match: invalid-user takes no value"},
        {"RDomain %D\n", "file line 1: RDomain is not supported yet"},
        {"Host a\n", "file line 1: Bad configuration option: Host"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cleat_error error;
        cleat_config *c = read_for("nobody", cases[i].text, &error);
        CU_ASSERT_EQUAL(strncmp(error.text, cases[i].error, strlen(cases[i].error)), 0);
        cleat_config_free(c);
    }
}

static void what_stays_off_is_noted_once_for_each_line(void)
{
    cleat_error error;
    cleat_config *c = read_for("nobody",
                               "PermitTunnel yes\nMatch User a\nPermitTunnel yes\n"
                               "X11Forwarding yes\n",
                               &error);
    CU_ASSERT_STRING_EQUAL(cleat_config_note(c, 0), "file line 3: PermitTunnel has no effect yet");
    CU_ASSERT_STRING_EQUAL(cleat_config_note(c, 1), "file line 1: PermitTunnel has no effect yet");
    CU_ASSERT_PTR_NULL(cleat_config_note(c, 2));
    cleat_config_free(c);
}

void suite_config_server(void)
{
    CU_pSuite s = CU_add_suite("config_server", NULL, NULL);
    CU_add_test(s, "every_keyword_has_a_row", every_keyword_has_a_row);
    CU_add_test(s, "rows_make_sense", rows_make_sense);
    CU_add_test(s, "the_defaults_read_back", the_defaults_read_back);
    CU_add_test(s, "a_matching_block_counts_more_than_the_rest",
                a_matching_block_counts_more_than_the_rest);
    CU_add_test(s, "other_clients_get_the_rest", other_clients_get_the_rest);
    CU_add_test(s, "subsystems_of_blocks_come_before_the_others",
                subsystems_of_blocks_come_before_the_others);
    CU_add_test(s, "includes_belong_to_their_block", includes_belong_to_their_block);
    CU_add_test(s, "mistakes_in_any_block_are_found", mistakes_in_any_block_are_found);
    CU_add_test(s, "what_stays_off_is_noted_once_for_each_line",
                what_stays_off_is_noted_once_for_each_line);
}
