# Completion of cleat for fish. Keywords and algorithms are asked of the program itself.

function __cleat_hosts
    for file in ~/.ssh/config /etc/ssh/ssh_config
        test -r $file
        and awk 'tolower($1) == "host" {for (i = 2; i <= NF; i++) if ($i !~ /[*?!]/) print $i}' $file
    end
    for file in ~/.ssh/known_hosts /etc/ssh/ssh_known_hosts
        test -r $file
        and awk '$1 !~ /^[|#@]/ {count = split($1, names, ","); for (i = 1; i <= count; i++) {
            gsub(/^\[|\](:.*)?$/, "", names[i]); if (names[i] !~ /[*?!]/) print names[i]}}' $file
    end
end

# Hosts behind the user's name or the hosts before, if there are any.
function __cleat_destinations
    set -l before (commandline -ct | string match -r '^.*[@,]'; or echo)
    string join -- \n $before(__cleat_hosts)
end

function __cleat_query
    set -l words (commandline -opc)
    command $words[1] ssh -Q $argv 2>/dev/null
end

# Algorithms behind those before, if there are any.
function __cleat_algorithms
    set -l before (commandline -ct | string match -r '^(?:.*,|[-+^])'; or echo)
    string join -- \n $before(__cleat_query $argv)
end

function __cleat_options
    set -l keyword (commandline -ct | string match -r '^[^=]+(?==)')
    if test -n "$keyword"
        string join -- \n $keyword=(__cleat_query $keyword)
    else
        string join -- \n (__cleat_query keywords)=
    end
end

function __cleat_commands
    set -l words (commandline -opc)
    command $words[1] --help 2>/dev/null | string match -rg '^  ([a-z]+ +.*)' |
        string replace -r ' +' \t
end

complete -c cleat -f
complete -c cleat -n __fish_use_subcommand -a '(__cleat_commands)'
complete -c cleat -n __fish_use_subcommand -l help -d 'List the commands'
complete -c cleat -n __fish_use_subcommand -l version -d 'Print the version'
complete -c cleat -n '__fish_seen_subcommand_from help' -a '(__cleat_commands)'

function __cleat_flag
    complete -c cleat -n '__fish_seen_subcommand_from ssh' $argv
end

__cleat_flag -a '(__cleat_destinations)'
__cleat_flag -s 2 -d 'Version 2 of the protocol'
__cleat_flag -s 4 -d 'IPv4 only'
__cleat_flag -s 6 -d 'IPv6 only'
__cleat_flag -s a -d 'Leave the agent here'
__cleat_flag -s B -x -d 'Network interface to connect from' -a '(__fish_print_interfaces)'
__cleat_flag -s b -x -d 'Address to connect from'
__cleat_flag -s C -d Compress
__cleat_flag -s c -x -d Ciphers -a '(__cleat_algorithms cipher)'
__cleat_flag -s E -r -F -d 'Append messages to a file'
__cleat_flag -s e -x -d 'Escape character' -a none
__cleat_flag -s F -r -F -d 'Configuration file'
__cleat_flag -s f -d 'Go to the background once logged in'
__cleat_flag -s G -d 'Print the settings and end'
__cleat_flag -s h -d 'Print a usage text'
__cleat_flag -s i -r -F -d 'Key to log in with'
__cleat_flag -s J -x -d 'Hosts to go through' -a '(__cleat_destinations)'
__cleat_flag -s k -d 'Keep Kerberos tickets here'
__cleat_flag -s l -x -d 'Name to log in with' -a '(__fish_complete_users)'
__cleat_flag -s m -x -d 'Message authentication codes' -a '(__cleat_algorithms mac)'
__cleat_flag -s N -d 'Start nothing'
__cleat_flag -s n -d 'Read no input'
__cleat_flag -s o -x -d 'Line of the configuration' -a '(__cleat_options)'
__cleat_flag -s P -x -d Tag
__cleat_flag -s p -x -d Port
__cleat_flag -s Q -x -d 'Print the algorithms of a kind' -a '(__cleat_query help)'
__cleat_flag -s q -d 'Say nearly nothing'
__cleat_flag -s S -x -d 'Share a connection' -a none
__cleat_flag -s s -d 'Start a subsystem'
__cleat_flag -s T -d 'No terminal'
__cleat_flag -s t -d 'A terminal'
__cleat_flag -s V -d 'Print the version'
__cleat_flag -s v -d 'Say more'
__cleat_flag -s W -x -d 'Pass input and output on to a host and port' -a '(__cleat_destinations)'
__cleat_flag -s x -d 'Leave X11 here'
__cleat_flag -s y -d 'Send messages to the system log'

functions -e __cleat_flag

function __cleat_keygen_flag
    complete -c cleat -n '__fish_seen_subcommand_from keygen' $argv
end
__cleat_keygen_flag -s A -d 'Generate the host keys that are missing'
__cleat_keygen_flag -s a -x -d 'How hard guessing the passphrase is to be made'
__cleat_keygen_flag -s B -d 'Show the bubblebabble digest of keys'
__cleat_keygen_flag -s b -x -d 'The size of the key or of a groups prime'
__cleat_keygen_flag -s C -x -d 'The comment of the key'
__cleat_keygen_flag -s c -d 'Change the comment of a private key'
__cleat_keygen_flag -s D -r -F -d 'The PKCS#11 library of a token'
__cleat_keygen_flag -s E -x -d 'Of fingerprints sha256 or md5' -a 'sha256 md5'
__cleat_keygen_flag -s e -d 'Print a public key in another format'
__cleat_keygen_flag -s F -x -d 'Find a host in known_hosts' -a '(__cleat_destinations)'
__cleat_keygen_flag -s f -r -F -d 'The file of the key or whatever else is read or written'
__cleat_keygen_flag -s g -d 'DNS records in the form for unknown types'
__cleat_keygen_flag -s H -d 'Hash the names in known_hosts'
__cleat_keygen_flag -s h -d 'Certify a hosts key rather than a users'
__cleat_keygen_flag -s I -x -d 'The key id of a certificate, or a signer'
__cleat_keygen_flag -s i -d 'Read a key in another format and print it in OpenSSHs'
__cleat_keygen_flag -s K -d 'Download the keys of a FIDO authenticator'
__cleat_keygen_flag -s k -d 'Make a list of revoked keys'
__cleat_keygen_flag -s L -d 'Show certificates'
__cleat_keygen_flag -s l -d 'Show fingerprints of keys'
__cleat_keygen_flag -s M -x -d 'Make groups for key exchange generate, then screen' -a 'generate screen'
__cleat_keygen_flag -s m -x -d 'Of key files RFC4716, PKCS8, PEM, PPK2 or PPK3' -a 'RFC4716 PKCS8 PEM PPK2 PPK3'
__cleat_keygen_flag -s N -x -d 'The new passphrase'
__cleat_keygen_flag -s n -x -d 'The principals of a certificate, or a namespace'
__cleat_keygen_flag -s O -x -d 'An option of what is done'
__cleat_keygen_flag -s o -d 'OpenSSHs own format of private keys it is the default'
__cleat_keygen_flag -s P -x -d 'The passphrase that the key has'
__cleat_keygen_flag -s p -d 'Change the passphrase of a private key'
__cleat_keygen_flag -s Q -d 'Look keys up in a list of revoked ones'
__cleat_keygen_flag -s q -d 'Say nothing but errors'
__cleat_keygen_flag -s R -x -d 'Remove a host from known_hosts' -a '(__cleat_destinations)'
__cleat_keygen_flag -s r -x -d 'Print the keys SSHFP records, or a file of revoked keys'
__cleat_keygen_flag -s s -r -F -d 'Certify keys by this one, or a signatures file'
__cleat_keygen_flag -s t -x -d 'Of the key ed25519, ecdsa, rsa or ed448' -a 'ed25519 ecdsa rsa ed448'
__cleat_keygen_flag -s U -d 'The agent has the key that signs'
__cleat_keygen_flag -s u -d 'Add to a list of revoked keys'
__cleat_keygen_flag -s V -x -d 'When a certificate is valid'
__cleat_keygen_flag -s v -d 'Say more; with -l draw the key'
__cleat_keygen_flag -s w -r -F -d 'That talks to a FIDO authenticator'
__cleat_keygen_flag -s Y -x -d 'Sign or verify files' -a 'sign verify check-novalidate find-principals match-principals'
__cleat_keygen_flag -s y -d 'Print the public key of a private one'
__cleat_keygen_flag -s Z -x -d 'That encrypts the private key'
__cleat_keygen_flag -s z -x -d 'The serial number of a certificate'
functions -e __cleat_keygen_flag

function __cleat_keyscan_flag
    complete -c cleat -n '__fish_seen_subcommand_from keyscan' $argv
end

__cleat_keyscan_flag -a '(__cleat_destinations)'
__cleat_keyscan_flag -s 4 -d 'IPv4 only'
__cleat_keyscan_flag -s 6 -d 'IPv6 only'
__cleat_keyscan_flag -s c -d 'Certificates instead of keys'
__cleat_keyscan_flag -s D -d 'Records for the DNS'
__cleat_keyscan_flag -s f -r -F -d 'File with hosts'
__cleat_keyscan_flag -s H -d 'Hashes instead of names'
__cleat_keyscan_flag -s h -d 'Print a usage text'
__cleat_keyscan_flag -s O -x -d Option -a 'hashalg=sha1 hashalg=sha256'
__cleat_keyscan_flag -s p -x -d Port
__cleat_keyscan_flag -s q -d 'No comments'
__cleat_keyscan_flag -s T -x -d 'Time to wait for a server'
__cleat_keyscan_flag -s t -x -d 'Types of keys' -a '(__fish_append , rsa ecdsa ed25519 ed448)'
__cleat_keyscan_flag -s v -d 'Say more'

functions -e __cleat_keyscan_flag

function __cleat_scp_flag
    complete -c cleat -n '__fish_seen_subcommand_from scp' $argv
end

__cleat_scp_flag -s 3 -d 'Between two machines, through this one'
__cleat_scp_flag -s 4 -d 'IPv4 only'
__cleat_scp_flag -s 6 -d 'IPv6 only'
__cleat_scp_flag -s B -d 'Ask for nothing'
__cleat_scp_flag -s C -d Compress
__cleat_scp_flag -s c -x -d Ciphers -a '(__cleat_algorithms cipher)'
__cleat_scp_flag -s D -r -F -d 'Server on this machine'
__cleat_scp_flag -s F -r -F -d 'Configuration file'
__cleat_scp_flag -s h -d 'Print a usage text'
__cleat_scp_flag -s i -r -F -d 'Key to log in with'
__cleat_scp_flag -s J -x -d 'Hosts to go through' -a '(__cleat_destinations)'
__cleat_scp_flag -s l -x -d 'Kilobits a second'
__cleat_scp_flag -s o -x -d 'Line of the configuration' -a '(__cleat_options)'
__cleat_scp_flag -s O -d 'The old protocol'
__cleat_scp_flag -s P -x -d Port
__cleat_scp_flag -s p -d 'Keep times and permissions'
__cleat_scp_flag -s q -d 'Show no progress'
__cleat_scp_flag -s R -d 'Between two machines, directly'
__cleat_scp_flag -s r -d 'Copy folders'
__cleat_scp_flag -s S -r -F -d 'Program that connects'
__cleat_scp_flag -s s -d 'SFTP, as always'
__cleat_scp_flag -s T -d 'Take names that were not asked for'
__cleat_scp_flag -s v -d 'Say more'
__cleat_scp_flag -s X -x -d 'How many requests, and how large' -a 'nrequests= buffer='
__cleat_scp_flag -F

functions -e __cleat_scp_flag

function __cleat_sftp_flag
    complete -c cleat -n '__fish_seen_subcommand_from sftp' $argv
end

__cleat_sftp_flag -x -a '(__cleat_destinations)'
__cleat_sftp_flag -s 4 -d 'IPv4 only'
__cleat_sftp_flag -s 6 -d 'IPv6 only'
__cleat_sftp_flag -s a -d 'Go on where copies broke off'
__cleat_sftp_flag -s B -x -d 'Bytes of a request'
__cleat_sftp_flag -s b -r -F -d 'File with commands'
__cleat_sftp_flag -s C -d 'Compress'
__cleat_sftp_flag -s c -x -d 'Ciphers' -a '(cleat ssh -Q cipher)'
__cleat_sftp_flag -s D -r -F -d 'Server on this machine'
__cleat_sftp_flag -s F -r -F -d 'Configuration file'
__cleat_sftp_flag -s f -d 'Have files written to the disk'
__cleat_sftp_flag -s h -d 'Print a usage text'
__cleat_sftp_flag -s i -r -F -d 'Key to log in with'
__cleat_sftp_flag -s J -x -d 'Hosts to go through' -a '(__cleat_destinations)'
__cleat_sftp_flag -s l -x -d 'Kilobits a second'
__cleat_sftp_flag -s N -d 'Not quiet after all'
__cleat_sftp_flag -s o -x -d 'Line of the configuration'
__cleat_sftp_flag -s P -x -d 'Port'
__cleat_sftp_flag -s p -d 'Keep times and permissions'
__cleat_sftp_flag -s q -d 'Show no progress'
__cleat_sftp_flag -s R -x -d 'Requests at a time'
__cleat_sftp_flag -s r -d 'Copy folders'
__cleat_sftp_flag -s s -x -d 'Subsystem'
__cleat_sftp_flag -s v -d 'Say more'
__cleat_sftp_flag -s X -x -d 'Option of the protocol' -a 'nrequests= buffer= version='
functions -e __cleat_sftp_flag
