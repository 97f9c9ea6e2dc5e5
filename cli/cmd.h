/* The verbs of the command. */
#ifndef CLEAT_CLI_CMD_H
#define CLEAT_CLI_CMD_H

int cmd_ssh(int argc, char **argv);
int cmd_keyscan(int argc, char **argv);
int cmd_keygen(int argc, char **argv);
int cmd_scp(int argc, char **argv);
int cmd_sftp(int argc, char **argv);

#endif
