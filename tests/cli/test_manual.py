#!/usr/bin/python3
"""The manual pages: well-formed, and true of the flags that the two programs take. And what the
programs say of themselves."""
import glob
import os
import re
import string
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from peers import BIN, finish, report  # noqa: E402

SOURCE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
FILLED = os.path.abspath(os.path.join(BIN, "man"))
CLEAT = os.path.abspath(os.path.join(BIN, "cleat"))
CLEATD = os.path.abspath(os.path.join(BIN, "cleatd"))


def pages():
    """By name, as they are installed: filled from the keyword tables where they have such lists."""
    found = {}
    for folder in (os.path.join(SOURCE, "docs", "man"), FILLED):
        for path in glob.glob(os.path.join(folder, "*.[1-8]")):
            found[os.path.basename(path)] = path
    return found


def run(*args, **more):
    return subprocess.run(args, capture_output=True, timeout=60, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, **more)


# ---- form ----

def check_form(name, path, all_pages):
    done = run("mandoc", "-T", "lint", path)
    wrong = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]
    report(f"{name} is well-formed", "\n".join(wrong) or None)
    with open(path, encoding="ascii") as page:
        referred = re.findall(r"^\.Xr (\S+) (\d)", page.read(), re.M)
    missing = {f"{page}.{section}" for page, section in referred} - set(all_pages)
    report(f"{name} refers to pages that there are", ", ".join(sorted(missing)) or None)
    done = run("man", "--warnings", "-E", "UTF-8", "-l", path, env=os.environ | {"MANPAGER": "cat"})
    report(f"{name} can be shown by man", done.stderr or (done.returncode and "man failed") or None)


# ---- flags ----

def flags_of_page(path):
    """{flag: takes a value}, by the list of flags; and the same by the synopsis."""
    with open(path, encoding="ascii") as page:
        synopsis, rest = page.read().split("\n.Sh DESCRIPTION\n", 1)
    listed = {flag: bool(value) for flag, value in
              re.findall(r"^\.It Fl (\w)( (?:Ar|Cm) .*)?$", rest, re.M)}
    short = {flag: True for flag in re.findall(r"^\.Op Fl (\w) (?:Ar|Cm) ", synopsis, re.M)}
    for letters in re.findall(r"^\.Op Fl (\w+)$", synopsis, re.M):
        short |= dict.fromkeys(letters, False)
    return listed, short


def flags_of_usage(text):
    text = text.split("usage:", 1)[1]
    flags = {flag: True for flag in re.findall(r"\[-(\w) [^]]", text)}
    for letters in re.findall(r"\[-(\w+)\]", text):
        flags |= dict.fromkeys(letters, False)
    return flags


def client_takes(*args):
    """Whether all that the client misses is a destination."""
    done = run(CLEAT, "ssh", *args)
    return done.returncode == 0 or done.stderr.startswith("usage:")


def flags_of_client():
    taken = {}
    for flag in string.ascii_letters + string.digits:
        if client_takes(f"-{flag}"):
            taken[flag] = False
        elif client_takes(f"-{flag}", "none") or client_takes(f"-{flag}", "kex"):
            taken[flag] = True
    return taken


def flags_of_keyscan():
    """What they say where no host is given."""
    taken = {}
    for flag in string.ascii_letters + string.digits:
        without = run(CLEAT, "keyscan", f"-{flag}")
        alone = without.returncode == 0 or without.stderr.startswith("usage:")
        if alone or "needs a value" in without.stderr:
            taken[flag] = not alone
    return taken


def flags_of_keygen():
    """As --help lists them, from the table that reads them."""
    listed = run(CLEAT, "keygen", "--help").stdout
    return {flag: bool(value) for flag, value in re.findall(r"^  -(\w) (\S*) +\S", listed, re.M)}


def flags_of_scp():
    """What they say where nothing is to be copied."""
    values = {"l": "100", "X": "buffer=1"}
    taken = {}
    for flag in string.ascii_letters + string.digits:
        if flag in "dft":
            continue  # for the other end, and scp's to say
        without = run(CLEAT, "scp", f"-{flag}")
        if without.returncode == 0 or without.stderr.startswith("usage:"):
            taken[flag] = False
        elif run(CLEAT, "scp", f"-{flag}", values.get(flag, "none")).stderr.startswith("usage:"):
            taken[flag] = True
    return taken


def flags_of_sftp():
    """What they say where no destination is given."""
    values = {"l": "100", "B": "32768", "R": "8", "X": "nrequests=8"}
    taken = {}
    for flag in string.ascii_letters + string.digits:
        without = run(CLEAT, "sftp", f"-{flag}")
        if without.returncode == 0 or without.stderr.startswith("usage:"):
            taken[flag] = False
        elif run(CLEAT, "sftp", f"-{flag}", values.get(flag, "none"),
                 *([] if flag != "D" else ["more"])).stderr.startswith("usage:"):
            taken[flag] = True
    return taken


def daemon_takes(*args):
    """Whether it does not explain its flags; -G has it print the settings and end."""
    return "usage:" not in run(CLEATD, "-G", *args).stderr


def flags_of_daemon():
    taken = {}
    for flag in string.ascii_letters + string.digits:
        if daemon_takes(f"-{flag}"):
            taken[flag] = False
        elif any(daemon_takes(f"-{flag}", value) for value in ("none", "10", "user=alice")):
            taken[flag] = True
    return taken


def difference(name, flags, other_name, others):
    lines = [f"-{flag}: {name} {flags.get(flag, 'not there')}, {other_name} "
             f"{others.get(flag, 'not there')}"
             for flag in sorted(set(flags) | set(others)) if flags.get(flag) != others.get(flag)]
    return "\n".join(lines) or None


def check_flags(program, taken, page, usage=None):
    """usage None: the usage text does not list all."""
    listed, short = flags_of_page(page)
    report(f"every flag of {program} is in its page, and no other",
           difference("program", taken, "page", listed))
    report(f"the synopsis of {program} has its flags", difference("list", listed, "synopsis", short))
    if usage:
        report(f"the usage text of {program} has its flags",
               difference("page", listed, "usage", flags_of_usage(usage)))


# ---- asking for help ----

def check_help():
    done = run(CLEAT, "help")
    report("cleat help lists the commands",
           (done.returncode or "\n  ssh " not in done.stdout) and repr(done))
    asked = [run(CLEAT, *args) for args in (("help", "ssh"), ("ssh", "--help"), ("ssh", "-h"))]
    report("help about a command can be asked for in three ways",
           any(done.returncode or not done.stdout.startswith("usage: cleat ssh") for done in asked)
           and repr(asked))
    for args in (["shh"], ["help", "shh"]):
        done = run(CLEAT, *args)
        report(f"cleat {' '.join(args)} is a mistake that is named",
               (done.returncode != 255 or '"shh" is no command' not in done.stderr) and repr(done))
    done = run(CLEATD, "--help")
    report("cleatd --help is no mistake", (done.returncode or done.stderr) and repr(done))


# ---- escapes ----

def check_escapes(path):
    """Against what ~? prints; no session is needed to know that."""
    with open(os.path.join(SOURCE, "cli", "escape.c"), encoding="ascii") as code:
        printed = " ".join(re.findall(r'^ +" %c(\S+) ', code.read(), re.M))
    with open(path, encoding="ascii") as page:
        listed = " ".join(re.findall(r"^\.It Ic (\\\(ti.*)$", page.read(), re.M))
    listed = listed.replace("\\&", "").replace(" Ns Em Ctrl-Z", "^Z").replace("\\(ti", "~")
    missing = [name for name in re.sub(r"%c", "~", printed).replace("/", " ").split()
               if f"~{name}" not in listed]
    report("every escape is in the page", " ".join(missing) or None if printed else "none found")


# ---- keywords ----

def check_keywords(path):
    with open(path, encoding="ascii") as page:
        text = page.read()
    lists = text[text.index("\n.Sh KEYWORDS\n"):text.index("\n.Sh EXAMPLES\n")]
    listed = set(re.findall(r"^(?:\.It |)\.?Cm ([A-Z]\w+)(?: |$)", lists, re.M))
    known = set(run(CLEAT, "ssh", "-Q", "keywords").stdout.split())
    report("the page of the client's configuration has every keyword",
           ", ".join(sorted(known - listed)) or None if known else "there are no keywords")


# ---- examples ----

def check_example(path, program, *args):
    """The configuration that a page shows is one that the program takes."""
    with open(path, encoding="ascii") as page:
        shown = re.search(r"\n\.Bd -literal.*?\n(.*?)\.Ed\n", page.read(), re.S).group(1)
    with open("example", "w", encoding="ascii") as file:
        file.write(shown)
    os.chmod("example", 0o600)
    done = run(program, *args)
    report(f"{os.path.basename(path)} has an example that works", done.returncode and repr(done))


def main():
    all_pages = pages()
    for name, path in sorted(all_pages.items()):
        check_form(name, path, all_pages)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        os.environ["XDG_STATE_HOME"] = scratch
        check_flags("cleatd", flags_of_daemon(), all_pages["cleatd.8"],
                    run(CLEATD, "--help").stdout)
        check_flags("cleat ssh", flags_of_client(), all_pages["cleat-ssh.1"],
                    run(CLEAT, "ssh", "-h").stdout)
        check_flags("cleat keygen", flags_of_keygen(), all_pages["cleat-keygen.1"])
        check_flags("cleat keyscan", flags_of_keyscan(), all_pages["cleat-keyscan.1"],
                    run(CLEAT, "keyscan", "-h").stdout)
        check_flags("cleat scp", flags_of_scp(), all_pages["cleat-scp.1"],
                    run(CLEAT, "scp", "-h").stdout)
        check_flags("cleat sftp", flags_of_sftp(), all_pages["cleat-sftp.1"],
                    run(CLEAT, "sftp", "-h").stdout)
        check_help()
        check_escapes(all_pages["cleat-ssh.1"])
        check_keywords(all_pages["cleat_config.5"])
        check_example(all_pages["cleat_config.5"], CLEAT, "ssh", "-F", "example", "-G", "elsewhere")
        check_example(all_pages["cleatd_config.5"], CLEATD, "-t", "-f", "example")
    finish()


main()
