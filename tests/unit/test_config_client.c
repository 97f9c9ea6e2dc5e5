/* The table of ssh_config(5): complete, consistent, and able to read what it says of itself. */
#include <cleat/config.h>

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every keyword that ssh_config(5) of OpenSSH 10.5 documents, and old ones that it still reads. */
static const char *const known[] = {
    "AddKeysToAgent",
    "AddressFamily",
    "BatchMode",
    "BindAddress",
    "BindInterface",
    "CASignatureAlgorithms",
    "CanonicalDomains",
    "CanonicalizeFallbackLocal",
    "CanonicalizeHostname",
    "CanonicalizeMaxDots",
    "CanonicalizePermittedCNAMEs",
    "CertificateFile",
    "ChannelTimeout",
    "CheckHostIP",
    "Ciphers",
    "ClearAllForwardings",
    "Compression",
    "ConnectTimeout",
    "ConnectionAttempts",
    "ControlMaster",
    "ControlPath",
    "ControlPersist",
    "DynamicForward",
    "EnableEscapeCommandline",
    "EnableSSHKeysign",
    "EscapeChar",
    "ExitOnForwardFailure",
    "FingerprintHash",
    "ForkAfterAuthentication",
    "ForwardAgent",
    "ForwardX11",
    "ForwardX11Timeout",
    "ForwardX11Trusted",
    "GSSAPIAuthentication",
    "GSSAPIDelegateCredentials",
    "GatewayPorts",
    "GlobalKnownHostsFile",
    "HashKnownHosts",
    "HostKeyAlgorithms",
    "HostKeyAlias",
    "HostbasedAcceptedAlgorithms",
    "HostbasedAuthentication",
    "Hostname",
    "IPQoS",
    "IdentitiesOnly",
    "IdentityAgent",
    "IdentityFile",
    "IgnoreUnknown",
    "KbdInteractiveAuthentication",
    "KbdInteractiveDevices",
    "KexAlgorithms",
    "KnownHostsCommand",
    "LocalCommand",
    "LocalForward",
    "LogLevel",
    "LogVerbose",
    "MACs",
    "NoHostAuthenticationForLocalhost",
    "NumberOfPasswordPrompts",
    "ObscureKeystrokeTiming",
    "PKCS11Provider",
    "PasswordAuthentication",
    "PermitLocalCommand",
    "PermitRemoteOpen",
    "Port",
    "PreferredAuthentications",
    "ProxyCommand",
    "ProxyJump",
    "ProxyUseFdpass",
    "PubkeyAcceptedAlgorithms",
    "PubkeyAuthentication",
    "RefuseConnection",
    "RekeyLimit",
    "RemoteCommand",
    "RemoteForward",
    "RequestTTY",
    "RequiredRSASize",
    "RevokedHostKeys",
    "SecurityKeyProvider",
    "SendEnv",
    "ServerAliveCountMax",
    "ServerAliveInterval",
    "SessionType",
    "SetEnv",
    "StdinNull",
    "StreamLocalBindMask",
    "StreamLocalBindUnlink",
    "StrictHostKeyChecking",
    "SyslogFacility",
    "TCPKeepAlive",
    "Tag",
    "Tunnel",
    "TunnelDevice",
    "UpdateHostKeys",
    "User",
    "UserKnownHostsFile",
    "VerifyHostKeyDNS",
    "VersionAddendum",
    "VisualHostKey",
    "WarnWeakCrypto",
    "XAuthLocation",
    "ChallengeResponseAuthentication",
    "PubkeyAcceptedKeyTypes",
    "Protocol",
    "Cipher",
    "CompressionLevel",
    "UsePrivilegedPort",
    "FallBackToRsh",
    "UseRsh",
    "UseRoaming",
    "RhostsAuthentication",
    "RhostsRSAAuthentication",
    "RSAAuthentication",
    "KerberosAuthentication",
    "KerberosTgtPassing",
    "AFSTokenPassing",
    "GlobalKnownHostsFile2",
    "UserKnownHostsFile2",
    "DSAAuthentication",
    "KeepAlive",
    "IdentityFile2",
    "HostbasedKeyTypes",
    "SmartcardDevice",
    "SkeyAuthentication",
    "TISAuthentication",
};

static void every_keyword_has_a_row(void)
{
    const cleat_config_table *table = cleat_config_client_table();
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!cleat_config_find(table, known[i]))
            printf("%s is missing\n", known[i]);
        CU_ASSERT_PTR_NOT_NULL(cleat_config_find(table, known[i]));
    }
}

static void rows_make_sense(void)
{
    const cleat_config_table *table = cleat_config_client_table();
    for (size_t i = 0; i < table->count; i++) {
        const cleat_config_row *row = &table->rows[i];
        CU_ASSERT_TRUE(row->help && row->help[0] && row->help[strlen(row->help) - 1] == '.');
        CU_ASSERT_PTR_NOT_NULL(cleat_config_find(table, row->name));
        CU_ASSERT_FALSE(row->type == CLEAT_CONFIG_WORD && !row->words);
        CU_ASSERT_FALSE(row->unless && !cleat_config_find(table, row->unless));
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

/* Also shows that each fallback is a value that the row itself takes. */
static void the_defaults_read_back(void)
{
    cleat_config *c;
    cleat_config *again;
    CU_ASSERT_EQUAL_FATAL(cleat_config_new(&c, NULL, cleat_config_client_table()), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(cleat_config_new(&again, NULL, cleat_config_client_table()), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_config_dump(c, read_back, again), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_config_number(again, "Port"), 22);
    CU_ASSERT_EQUAL(cleat_config_number(again, "LogLevel"), 3);
    CU_ASSERT_PTR_NULL(cleat_config_note(again, 0));
    cleat_config_free(again);
    cleat_config_free(c);
}

static void what_would_be_unsafe_to_ignore_is_refused(void)
{
    static const char *const lines[] = {"ProxyUseFdpass yes"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cleat_config *c;
        cleat_error error;
        CU_ASSERT_EQUAL_FATAL(cleat_config_new(&c, NULL, cleat_config_client_table()), CLEAT_OK);
        CU_ASSERT_EQUAL(cleat_config_set(c, "x", lines[i], &error), CLEAT_E_CONFIG);
        cleat_config_free(c);
    }
}

void suite_config_client(void)
{
    CU_pSuite s = CU_add_suite("config_client", NULL, NULL);
    CU_add_test(s, "every_keyword_has_a_row", every_keyword_has_a_row);
    CU_add_test(s, "rows_make_sense", rows_make_sense);
    CU_add_test(s, "the_defaults_read_back", the_defaults_read_back);
    CU_add_test(s, "what_would_be_unsafe_to_ignore_is_refused",
                what_would_be_unsafe_to_ignore_is_refused);
}
