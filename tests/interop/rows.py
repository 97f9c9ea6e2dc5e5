"""Rows of algorithms: what a login is made with, as options of the two programs, and the proof in a
log that it was."""
from peers import login_problem

AEAD = ("chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
KEY_FILES = {"ssh-ed25519": "ed25519", "ssh-ed448": "ed448", "ecdsa-sha2-nistp256": "ecdsa256",
             "ecdsa-sha2-nistp384": "ecdsa384", "ecdsa-sha2-nistp521": "ecdsa521",
             "rsa-sha2-256": "rsa", "rsa-sha2-512": "rsa", "ssh-rsa": "rsa"}
KEYWORDS = {"kex": "KexAlgorithms", "cipher": "Ciphers", "mac": "MACs", "host": "HostKeyAlgorithms",
            "user": "PubkeyAcceptedAlgorithms"}


def sensible(row):
    """An AEAD cipher brings its own MAC."""
    return not (row.get("mac") and row.get("cipher") in AEAD)


def name_of(row):
    return ", ".join(str(value) for value in row.values() if value)


def settings(row, rekey_limit=None):
    """Keywords and values, which are the same for the client and for the daemon."""
    chosen = {KEYWORDS[kind]: row[kind] for kind in KEYWORDS if row.get(kind)}
    if row.get("compression"):
        chosen["Compression"] = "no" if row["compression"] == "none" else "yes"
    if rekey_limit:
        chosen["RekeyLimit"] = rekey_limit
    return [f"{keyword} {value}" for keyword, value in chosen.items()]


def client_options(row, rekey_limit=None):
    """For ssh and for cleat ssh; the log goes where the proof is looked for."""
    lines = [*settings(row, rekey_limit), "LogLevel DEBUG1"]
    return [word for line in lines for word in ("-o", line)]


def proof_problem(row, log):
    """The lines that a log must have if the row was used and keys were exchanged again."""
    lines = []
    if row.get("kex"):
        lines.append(f"kex: algorithm: {row['kex']}\n")
    if row.get("host"):
        lines.append(f"kex: host key algorithm: {row['host']}\n")
    for way in ("client->server", "server->client"):
        if row.get("cipher"):
            mac = "<implicit>" if row["cipher"] in AEAD else row.get("mac", "")
            lines.append(f"kex: {way} cipher: {row['cipher']} MAC: {mac}")
        if row.get("compression"):
            lines.append(f"compression: {row['compression']}\n")
    log = log.replace("\r\n", "\n")
    for line in lines:
        if line not in log:
            return f"no line {line!r}: {log[-600:]!r}"
    if log.count("SSH2_MSG_NEWKEYS received") < 2:
        return "no keys were exchanged again"
    return None


def row_problem(row, done, payload, log=None):
    """log: where the proof is, if not among what the client said."""
    proof = proof_problem(row, done.stderr.decode(errors="replace") if log is None else log)
    login = login_problem(done, payload)
    return f"{login}; {proof}" if login and proof else login or proof


def cleatd_cell(scratch, row, login, rekey_limit="600K", host=None):
    """A login to a daemon of its own that knows the row's algorithms only. login(port) gives a
    completed COMMAND."""
    name = f"cell{next(scratch.numbers)}"
    host = host or KEY_FILES[row.get("host", "ssh-ed25519")]
    port = scratch.cleatd(name, settings(row, rekey_limit), host_keys=[host], log="DEBUG1")
    try:
        done = login(port)
    finally:
        scratch.stop_one(port)
    with open(scratch.file(name + ".log"), errors="replace") as log:
        return row_problem(row, done, scratch.payload, log.read())
