# Completion of cleat for bash. Flags, keywords and algorithms are asked of the program itself, so
# they are the ones that it has.

_cleat_hosts() {
    local file
    for file in "${1:-$HOME/.ssh/config}" /etc/ssh/ssh_config; do
        [ ! -r "$file" ] || awk 'tolower($1) == "host" {
            for (i = 2; i <= NF; i++)
                if ($i !~ /[*?!]/)
                    print $i
        }' "$file"
    done
    for file in ~/.ssh/known_hosts /etc/ssh/ssh_known_hosts; do
        [ ! -r "$file" ] || awk '$1 !~ /^[|#@]/ {
            count = split($1, names, ",")
            for (i = 1; i <= count; i++) {
                gsub(/^\[|\](:.*)?$/, "", names[i])
                if (names[i] !~ /[*?!]/)
                    print names[i]
            }
        }' "$file"
    done
}

# Only names that a shell takes as they are.
_cleat_safe_hosts() {
    _cleat_hosts "$1" | grep -E '^[[:alnum:]._:%-]+$'
}

# What may follow a flag, one a line.
_cleat_values() {
    local flag=$1 word=$2
    case $flag in
    c) "$cleat" ssh -Q cipher ;;
    m) "$cleat" ssh -Q mac ;;
    Q) "$cleat" ssh -Q help ;;
    S) echo none ;;
    l) compgen -u ;;
    B) ls /sys/class/net ;;
    J | W) _cleat_safe_hosts "$config" ;;
    o)
        case $word in
        *=*) "$cleat" ssh -Q "${word%%=*}" ;;
        *) "$cleat" ssh -Q keywords | sed 's/$/=/' ;;
        esac
        ;;
    esac 2>/dev/null
}

# Offers the lines of standard input that go on from what stands behind the last of the given
# separators in the word.
_cleat_offer() {
    local word=$1 separators=$2 fixed='' line
    local typed=${COMP_WORDS[COMP_CWORD]}
    [[ $separators && $word == *["$separators"]* ]] && fixed=${word%"${word##*["$separators"]}"}
    # readline replaces only what stands behind its own idea of a break.
    [[ $COMP_WORDBREAKS == *"$typed"* ]] && typed=
    local kept=${word%"$typed"}
    mapfile -t COMPREPLY < <(start=${word#"$fixed"} awk 'index($0, ENVIRON["start"]) == 1' | sort -u)
    for line in "${!COMPREPLY[@]}"; do
        COMPREPLY[line]=$fixed${COMPREPLY[line]}
        COMPREPLY[line]=${COMPREPLY[line]#"$kept"}
    done
}

_cleat_ssh() {
    local word=${words[-1]} usage plain valued i c flag="" config="" destination="" command=""
    usage=$("$cleat" ssh -h 2>/dev/null)
    plain=$(grep -o '\[-[[:alnum:]]*\]' <<<"$usage" | tr -d '[]-')
    valued=$(grep -o '\[-[[:alnum:]] ' <<<"$usage" | tr -d '[ \n-')
    for ((i = 2; i < ${#words[@]} - 1; i++)); do
        if [ -n "$flag" ]; then
            [ "$flag" != F ] || config=${words[i]}
            flag=
        elif [[ ${words[i]} == -?* ]]; then
            c=${words[i]#-}
            while [[ $c && $plain == *"${c:0:1}"* ]]; do c=${c:1}; done
            [ ${#c} != 1 ] || flag=$c
        elif [ -z "$destination" ]; then
            destination=${words[i]}
        else
            command=${words[i]}
        fi
    done
    if [ -n "$command" ] || [[ $flag == [EFi] ]]; then
        compopt -o default
    elif [ "$flag" = o ]; then
        compopt -o nospace
        _cleat_offer "$word" '=,+^' < <(_cleat_values o "$word")
    elif [ -n "$flag" ]; then
        _cleat_offer "$word" ',+^@' < <(_cleat_values "$flag" "$word")
    elif [[ $word == -* ]]; then
        _cleat_offer "$word" '' < <(grep -o . <<<"$plain$valued" | sed 's/^/-/')
    elif [ -z "$destination" ]; then
        _cleat_offer "$word" '@' < <(_cleat_safe_hosts "$config")
    else
        compopt -o default
    fi
}

_cleat_keygen() {
    local word=${words[-1]} flags plain="ABcegHhiKkLlopQqUuvy" valued="abCDEFfIMmNnOPRrstVwYZz" flag=""
    flags=$plain$valued
    [[ ${#words[@]} -gt 3 && ${words[-2]} == -? && $valued == *"${words[-2]#-}"* ]] && flag=${words[-2]#-}
    case $flag in
    t) _cleat_offer "$word" '' < <(printf '%s\n' ed25519 ecdsa rsa ed448) ;;
    E) _cleat_offer "$word" '' < <(printf '%s\n' sha256 md5) ;;
    M) _cleat_offer "$word" '' < <(printf '%s\n' generate screen) ;;
    m) _cleat_offer "$word" '' < <(printf '%s\n' RFC4716 PKCS8 PEM PPK2 PPK3) ;;
    Y) _cleat_offer "$word" '' < <(printf '%s\n' sign verify check-novalidate find-principals match-principals) ;;
    F | R) _cleat_offer "$word" '' < <(_cleat_safe_hosts) ;;
    '')
        if [[ $word == -* ]]; then
            _cleat_offer "$word" '' < <(grep -o . <<<"$flags" | sed 's/^/-/')
        else
            compopt -o default
        fi
        ;;
    *) compopt -o default ;;
    esac
}

_cleat_keyscan() {
    local word=${words[-1]} usage plain valued i c flag=""
    usage=$("$cleat" keyscan -h 2>/dev/null)
    plain=$(grep -o '\[-[[:alnum:]]*\]' <<<"$usage" | tr -d '[]-')
    valued=$(grep -o '\[-[[:alnum:]] ' <<<"$usage" | tr -d '[ \n-')
    for ((i = 2; i < ${#words[@]} - 1; i++)); do
        c=${words[i]#-}
        while [[ $c && $plain == *"${c:0:1}"* ]]; do c=${c:1}; done
        if [[ -z $flag && ${words[i]} == -? && $valued == *"$c"* ]]; then
            flag=$c
        else
            flag=
        fi
    done
    case $flag in
    f) compopt -o default ;;
    O) _cleat_offer "$word" '' < <(printf 'hashalg=%s\n' sha1 sha256) ;;
    t) _cleat_offer "$word" ',' < <(printf '%s\n' rsa ecdsa ed25519 ed448) ;;
    p | T) ;;
    *)
        if [[ $word == -* ]]; then
            _cleat_offer "$word" '' < <(grep -o . <<<"$plain$valued" | sed 's/^/-/')
        else
            _cleat_offer "$word" ',' < <(_cleat_safe_hosts)
        fi
        ;;
    esac
}

_cleat_scp() {
    local word=${words[-1]} usage plain valued i c flag=""
    usage=$("$cleat" scp -h 2>/dev/null)
    plain=$(grep -o '\[-[[:alnum:]]*\]' <<<"$usage" | tr -d '[]-')
    valued=$(grep -o '\[-[[:alnum:]] ' <<<"$usage" | tr -d '[ \n-')
    for ((i = 2; i < ${#words[@]} - 1; i++)); do
        c=${words[i]#-}
        while [[ $c && $plain == *"${c:0:1}"* ]]; do c=${c:1}; done
        if [[ -z $flag && ${words[i]} == -?* && ${#c} == 1 && $valued == *"$c"* ]]; then
            flag=$c
        else
            flag=
        fi
    done
    case $flag in
    [DFiS]) compopt -o default ;;
    [lPX]) ;;
    o)
        compopt -o nospace
        _cleat_offer "$word" '=,+^' < <(_cleat_values o "$word")
        ;;
    [cJ]) _cleat_offer "$word" ',+^@' < <(_cleat_values "$flag" "$word") ;;
    *)
        if [[ $word == -* ]]; then
            _cleat_offer "$word" '' < <(grep -o . <<<"$plain$valued" | sed 's/^/-/')
        else
            compopt -o default
        fi
        ;;
    esac
}

_cleat_sftp() {
    local word=${words[-1]} plain="46aCfhNpqrv" valued="BbcDFiJloPRsX" flag=""
    [[ ${#words[@]} -gt 3 && ${words[-2]} == -? && $valued == *"${words[-2]#-}"* ]] && flag=${words[-2]#-}
    case $flag in
    b | D | F | i) compopt -o default ;;
    c) _cleat_offer "$word" ',' < <("$cleat" ssh -Q cipher 2>/dev/null) ;;
    J) _cleat_offer "$word" ',' < <(_cleat_safe_hosts) ;;
    X) _cleat_offer "$word" '' < <(printf '%s\n' nrequests= buffer= version=) ;;
    '')
        if [[ $word == -* ]]; then
            _cleat_offer "$word" '' < <(grep -o . <<<"$plain$valued" | sed 's/^/-/')
        else
            _cleat_offer "$word" '' < <(_cleat_safe_hosts)
        fi
        ;;
    esac
}

_cleat() {
    local cleat=$1 words line=${COMP_LINE:0:COMP_POINT}
    COMPREPLY=()
    read -ra words <<<"$line"
    [[ $line != *[[:space:]] ]] || words+=('')
    if [ ${#words[@]} -le 2 ]; then
        _cleat_offer "${words[1]}" '' < <("$cleat" --help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p'
            printf '%s\n' help --help --version)
    elif [ "${words[1]}" = ssh ]; then
        _cleat_ssh
    elif [ "${words[1]}" = keygen ]; then
        _cleat_keygen
    elif [ "${words[1]}" = keyscan ]; then
        _cleat_keyscan
    elif [ "${words[1]}" = scp ]; then
        _cleat_scp
    elif [ "${words[1]}" = sftp ]; then
        _cleat_sftp
    elif [ "${words[1]}" = help ]; then
        _cleat_offer "${words[2]}" '' < <("$cleat" --help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p')
    fi
}

complete -F _cleat cleat
