#!/usr/bin/python3
"""cleat keygen: what it asks, says, writes and refuses, and with which status it ends."""
import os
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Terminal  # noqa: E402
from account import Account  # noqa: E402
from keygen import KEYGEN, differs, make, mode, read, run, run_tests  # noqa: E402
from peers import CLEAT  # noqa: E402

NEW = b"(empty for no passphrase): "
AGAIN = b"Enter same passphrase again: "


# ---- generating ----

def a_key_is_generated_as_asked():
    status, seen = Terminal([*KEYGEN, "-f", "new"]).converse((NEW, b"secret\n"), (AGAIN, b"secret\n"))
    text = seen.decode().replace("\r\n", "\n")
    wanted = ["Generating public/private ed25519 key pair.\n",
              "Your identification has been saved in new\n",
              "Your public key has been saved in new.pub\n", "The key fingerprint is:\nSHA256:",
              "The key's randomart image is:\n+--[ED25519 256]--+\n"]
    missing = [line for line in wanted if line not in text]
    if status or missing or "secret" in text:
        return f"status {status}, missing {missing}: {text}"
    if (mode("new"), mode("new.pub")) != (0o600, 0o644):
        return f"modes {mode('new'):o} {mode('new.pub'):o}"
    return differs(run("-y", "-f", "new", "-P", "secret"), 0, read("new.pub"))


def different_passphrases_are_asked_for_again():
    status, seen = Terminal([*KEYGEN, "-q", "-f", "twice"]).converse(
        (NEW, b"one\n"), (AGAIN, b"two\n"), (NEW, b"three\n"), (AGAIN, b"three\n"))
    if status or b"Passphrases do not match.  Try again." not in seen:
        return f"{status} {seen!r}"
    return differs(run("-y", "-f", "twice", "-P", "three"), 0, "ssh-ed25519 ")


def a_file_is_replaced_only_with_consent():
    make("old")
    before = read("old")
    for answer in ("n\n", ""):
        done = run("-f", "old", "-N", "", data=answer)
        if done.returncode != 1 or "old already exists.\nOverwrite (y/n)? " not in done.stdout \
                or read("old") != before:
            return repr(done)
    os.chmod("old", 0o644)
    done = run("-f", "old", "-N", "", data="y\n")
    if done.returncode or read("old") == before:
        return repr(done)
    return f"mode {mode('old'):o}" if mode("old") != 0o600 else None


def the_file_is_asked_for():
    done = run("-t", "rsa", "-b", "2048", "-N", "", data="asked\n")
    prompt = differs(done, 0, "Enter file in which to save the key (")
    return prompt or ("/.ssh/id_rsa): " not in done.stdout and repr(done)) or \
        (not os.path.exists("asked.pub") and "no file")


def every_type_and_size_is_made():
    for args, shown in (("-t rsa -b 2048", "2048 SHA256:"), ("-t ecdsa", "256 SHA256:"),
                        ("-t ecdsa -b 521", "521 SHA256:"), ("-t ed448", "448 SHA256:"),
                        ("-t ecdsa-sha2-nistp384", "384 SHA256:"), ("-t ssh-ed25519", "256 SHA256:")):
        done = run("-q", "-N", "", "-f", "typed", *args.split(), data="y\n")
        problem = differs(done, 0) or differs(run("-l", "-f", "typed"), 0, shown)
        if problem:
            return problem
    return None


def what_cannot_be_made_is_refused():
    for args, status, why in (
            ("-t rsa -b 1023", 255, "Invalid RSA key length: minimum is 1024 bits"),
            ("-t rsa -b 16385", 255, "Invalid RSA key length: maximum is 16384 bits"),
            ("-t ecdsa -b 255", 255, "Invalid ECDSA key length: valid lengths are 256, 384 or 521 bits"),
            ("-t dsa", 255, "DSA keys are too weak"), ("-t ed25519-sk", 255, "FIDO2"),
            ("-t what", 255, "unknown key type what"), ("-K", 255, "FIDO2"), ("-D lib", 255, "PKCS#11"),
            ("-O x", 255, "-O x: "), ("-m what", 255, "Unsupported conversion format \"what\""),
            ("-m PEM -Z aes256-ctr", 255, "-Z is for OpenSSH's own format"),
            ("-Z what -N secret", 1, "Saving key \"no\" failed: ")):
        done = run("-f", "no", "-N", "", *args.split())
        if differs(done, status, err=why) or os.path.exists("no"):
            return differs(done, status, err=why) or f"{args}: a file was made"
    return None


def the_folder_for_keys_is_made():
    """In an account of the tests' own: where home is, the system's list of users says."""
    if not Account.possible():
        return None
    account = Account()
    account.settle(os.path.abspath("."))
    home = os.path.abspath("home")
    shutil.rmtree(os.path.join(home, ".ssh"))
    done = subprocess.run(account.inside([*KEYGEN, "-N", ""]), capture_output=True, timeout=60, input=b"\n")
    made = f"Created directory '{home}/.ssh'.".encode()
    return (done.returncode or made not in done.stdout) and repr(done) or \
        (mode("home/.ssh") != 0o700 and "the folder is open") or \
        (mode("home/.ssh/id_ed25519") != 0o600 and "the key is open") or None


def nothing_is_left_where_there_is_no_room():
    if os.getuid():
        return None
    os.mkdir("full")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k,nr_inodes=16", "none", "full"], check=True)
    try:
        with open("full/filler", "wb", buffering=0) as filler:
            try:
                while filler.write(b"x" * 512):
                    pass
            except OSError:
                pass
        done = run("-q", "-N", "", "-f", "full/key")
        problem = differs(done, 1, err="Saving key \"full/key\" failed: ")
        return problem or (os.listdir("full") != ["filler"] and str(os.listdir("full"))) or None
    finally:
        subprocess.run(["umount", "full"], check=True)


def no_device_is_replaced():
    return differs(run("-N", "", "-f", "/dev/full"), 1, err="no regular file") or \
        (not stat.S_ISCHR(os.stat("/dev/full").st_mode) and "/dev/full is gone") or None


def missing_host_keys_are_made():
    os.makedirs("root/etc/ssh")
    done = run("-A", "-f", "root")
    if differs(done, 0, "ssh-keygen: generating new host keys: RSA ECDSA ED25519 "):
        return repr(done)
    names = sorted(os.listdir("root/etc/ssh"))
    wanted = sorted(f"ssh_host_{kind}_key{end}" for kind in ("rsa", "ecdsa", "ed25519")
                    for end in ("", ".pub"))
    before = read("root/etc/ssh/ssh_host_rsa_key")
    done = run("-A", "-f", "root")
    if names != wanted or done.stdout or read("root/etc/ssh/ssh_host_rsa_key") != before:
        return f"{names} {done}"
    return differs(run("-A", "-f", "nowhere"), 1, err="Saving key ")


# ---- changing ----

def the_passphrase_is_changed():
    make("locked", "-N", "first")
    for args, why in ((["-P", "wrong", "-N", "second"], 255), (["-P", "first", "-N", "second"], 0),
                      (["-P", "first", "-N", "third"], 255)):
        done = run("-p", "-f", "locked", *args)
        if done.returncode != why or (why and "incorrect passphrase" not in done.stderr):
            return repr(done)
    status, seen = Terminal([*KEYGEN, "-p", "-f", "locked"]).converse(
        (b"Enter old passphrase: ", b"second\n"), (NEW, b"\n"), (AGAIN, b"\n"))
    if status or b"Key has comment 'a comment'" not in seen \
            or b"Your identification has been saved with the new passphrase." not in seen:
        return f"{status} {seen!r}"
    return differs(run("-y", "-f", "locked"), 0, " a comment\n")


def a_file_that_holds_more_is_left_alone():
    """Its certificate, or another key, would be lost."""
    make("alone", "-m", "PKCS8")
    with open("more", "w") as out:
        out.write(read("alone") + read("alone"))
    os.chmod("more", 0o600)
    before = read("more")
    for flags in (["-p", "-N", "new"], ["-c", "-C", "new"]):
        wrong = differs(run(*flags, "-P", "", "-f", "more"), 255, "", "holds more than one key")
        if wrong or read("more") != before:
            return wrong or "it is changed"
    return differs(run("-p", "-N", "new", "-P", "", "-f", "alone"), 0)


def the_comment_is_changed():
    make("named", "-N", "secret")
    done = run("-c", "-f", "named", "-P", "secret", data="typed comment\n")
    text = "Old comment: a comment\nNew comment: Comment 'typed comment' applied\n"
    if done.returncode or done.stdout != text:
        return repr(done)
    done = run("-y", "-f", "named", "-P", "secret")
    return differs(done, 0, " typed comment\n") or \
        (read("named.pub") != done.stdout and read("named.pub")) or \
        differs(run("-y", "-f", "named", "-P", ""), 255, err="incorrect passphrase")


def formats_are_changed():
    run("-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", "shape")
    public = read("shape.pub").split()[1]
    for form, start in (("PEM", "-----BEGIN RSA PRIVATE KEY-----"),
                        ("PKCS8", "-----BEGIN ENCRYPTED PRIVATE KEY-----"),
                        ("PPK2", "PuTTY-User-Key-File-2: ssh-rsa"),
                        ("PPK3", "PuTTY-User-Key-File-3: ssh-rsa"),
                        ("RFC4716", "-----BEGIN OPENSSH PRIVATE KEY-----")):
        done = run("-p", "-f", "shape", "-P", "secret", "-N", "secret", "-m", form, "-a", "2")
        if done.returncode or not read("shape").startswith(start):
            return f"{form}: {done} {read('shape')[:60]}"
        done = run("-y", "-f", "shape", "-P", "secret")
        if done.returncode or done.stdout.split()[1] != public:
            return f"{form}: {done}"
    return None


def a_putty_file_stays_one():
    make("putty", "-m", "PPK2")
    done = run("-p", "-f", "putty", "-N", "secret")
    return differs(done, 0) or (not read("putty").startswith("PuTTY-User-Key-File-2") and read("putty"))


# ---- showing ----

def a_file_of_many_keys_is_shown():
    make("one")
    run("-q", "-t", "ecdsa", "-N", "", "-C", "other", "-f", "two")
    first, second = read("one.pub"), read("two.pub")
    bare = " ".join(second.split()[:2])
    with open("many", "w", encoding="ascii") as out:
        out.write(f"# nothing\n\n{first}command=\"a \\\" b\",no-pty {second}host,10.0.0.1 {bare}\nrubbish\n")
    lines = run("-l", "-f", "many").stdout.splitlines()
    ends = [" a comment (ED25519)", " other (ECDSA)", " host,10.0.0.1 (ECDSA)"]
    if len(lines) != 3 or any(not line.endswith(end) for line, end in zip(lines, ends)):
        return str(lines)
    done = run("-l", "-f", "-", data=first)
    return differs(done, 0, lines[0]) or differs(run("-l", "-f", "many", "-E", "md5"), 0, "256 MD5:")


def drawings_and_words_are_shown():
    make("shown")
    return differs(run("-lv", "-f", "shown.pub"), 0, "+--[ED25519 256]--+\n|") or \
        differs(run("-B", "-f", "shown"), 0, "256 x")


def locked_keys_are_shown_without_their_passphrase():
    make("dark", "-N", "secret")
    os.remove("dark.pub")
    problem = differs(run("-l", "-f", "dark"), 0, "256 SHA256:") or differs(run("-e", "-f", "dark"), 0, "---- BEGIN")
    return problem or differs(run("-y", "-f", "dark", data="secret\n"), 0, "ssh-ed25519 ", "Enter passphrase: ")


# ---- bad files ----

def bad_files_are_named():
    make("good", "-N", "secret")
    text = read("good")
    for name, content in (("empty", ""), ("text", "something\n"), ("short", text[:200]),
                          ("cut", text[:-80]), ("changed", text.replace("A", "!", 1))):
        with open(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as out:
            out.write(content)
        for flags in (["-y"], ["-p", "-N", ""], ["-c", "-C", "x"], ["-e"], ["-i"], ["-r", "host"]):
            done = run(*flags, "-f", name, "-P", "secret")
            if differs(done, 255, err=f"Load key \"{name}\": ") or read(name) != content:
                return differs(done, 255, err=f"Load key \"{name}\": ") or f"{name} was changed"
        done = run("-l", "-f", name)
        if differs(done, 255, err=name):
            return repr(done)
    for flags in (["-y"], ["-p"], ["-l"], ["-e"], ["-i"], ["-B"], ["-L"]):
        done = run(*flags, "-f", "absent")
        if differs(done, 255, err="absent"):
            return repr(done)
    return None


def open_private_keys_are_refused():
    make("open")
    os.chmod("open", 0o644)
    return differs(run("-y", "-f", "open"), 255, err="Permissions 0644 for 'open' are too open")


# ---- the command line ----

def mistakes_of_the_command_line_are_named():
    for args, status, why in (
            ("-b abc", 255, "Bits has bad value abc (invalid)"), ("-b 0", 255, "Bits has bad value 0 (too small)"),
            ("-a 99999999999", 255, "Invalid number: 99999999999 (too large)"),
            ("-z x", 255, "Invalid serial number \"x\""), ("-E x", 255, "Invalid hash algorithm \"x\""),
            ("-x", 1, "unknown option -- x"), ("-f", 1, "option requires an argument -- f"),
            ("-l -H", 1, "Cannot use -l with -H or -R."), ("-p -c", 1, "Can only have one of -p and -c."),
            ("word", 1, "Too many arguments."), ("-s ca", 1, "Too few arguments.")):
        problem = differs(run(*args.split()), status, err=why)
        if problem:
            return problem
    return differs(run("--help"), 0, "usage: cleat keygen")


def a_link_named_ssh_keygen_is_it():
    os.symlink(os.path.abspath(CLEAT), "ssh-keygen")
    done = subprocess.run(["./ssh-keygen", "-l", "-f", "absent"], capture_output=True, timeout=60)
    return None if b"absent" in done.stderr and done.returncode == 255 else repr(done)


TESTS = [a_key_is_generated_as_asked, different_passphrases_are_asked_for_again,
         a_file_is_replaced_only_with_consent, the_file_is_asked_for, every_type_and_size_is_made,
         what_cannot_be_made_is_refused, the_folder_for_keys_is_made,
         nothing_is_left_where_there_is_no_room, no_device_is_replaced,
         missing_host_keys_are_made, the_passphrase_is_changed, a_file_that_holds_more_is_left_alone, the_comment_is_changed,
         formats_are_changed, a_putty_file_stays_one, a_file_of_many_keys_is_shown,
         drawings_and_words_are_shown, locked_keys_are_shown_without_their_passphrase,
         bad_files_are_named, open_private_keys_are_refused, mistakes_of_the_command_line_are_named,
         a_link_named_ssh_keygen_is_it]


run_tests(TESTS)
