#!/usr/bin/python3
"""cleat keygen -k, -u and -Q: lists of revoked keys, beside ssh-keygen's."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client  # noqa: E402, F401
from keygen import KEYGEN, differs, make, read, run, run_tests  # noqa: E402

PROGRAMS = (KEYGEN, ["ssh-keygen"])


def line_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def prepare():
    if os.path.exists("spec"):
        return
    for name in ("ca", "one", "two", "three", "four"):
        make(name)
    for name, args in (("one", ["-z", "5"]), ("two", []), ("three", ["-z", "15"])):
        subprocess.run(["ssh-keygen", "-q", "-s", "ca", "-I", f"id of {name}", *args, f"{name}.pub"],
                       check=True)
    fingerprint = line_of("ssh-keygen", "-lf", "four.pub").split()[1]
    with open("spec", "w") as out:
        out.write("# a remark\n\nserial: 10-20\nserial: 0x64 # more\nid: bob the builder # his\n"
                  f"key: {read('one.pub')}sha1: {read('two.pub')}hash: {fingerprint}\n"
                  f"{read('one-cert.pub')}{read('two-cert.pub')}")


def contents(program, name):
    """What a program says the list has, in an order of our own."""
    said = line_of(*program, "-Q", "-l", "-f", name)
    said = re.sub(r"Generated at .*", "", said)
    return sorted(line.replace("# hash SHA256", "hash: SHA256") for line in said.splitlines() if line)


def both_programs_make_the_same_list():
    prepare()
    lists = []
    for number, program in enumerate(PROGRAMS):
        subprocess.run([*program, "-q", "-k", "-f", f"list{number}", "-s", "ca.pub", "-z", "7", "spec"],
                       check=True, capture_output=True)
        lists += [contents(reader, f"list{number}") for reader in PROGRAMS]
    return None if all(one == lists[0] for one in lists) and len(lists[0]) > 8 else f"{lists}"


def both_say_the_same_of_keys():
    prepare()
    asked = ("one.pub", "two.pub", "three.pub", "four.pub", "ca.pub", "one-cert.pub", "two-cert.pub",
             "three-cert.pub")
    problems = []
    for name in ("list0", "list1"):
        for file in asked:
            said = [subprocess.run([*program, "-Q", "-f", name, file], capture_output=True, text=True)
                    for program in PROGRAMS]
            if (said[0].stdout, said[0].returncode) != (said[1].stdout, said[1].returncode):
                problems.append(f"{name} {file}: {said}")
    revoked = run("-Q", "-f", "list0", "three-cert.pub")
    free = run("-Q", "-f", "list0", "three.pub")
    problems.append(differs(revoked, 1, "three-cert.pub (a comment): REVOKED"))
    problems.append(differs(free, 0, "three.pub (a comment): ok"))
    return next((problem for problem in problems if problem), None)


def a_list_is_added_to():
    prepare()
    made = run("-k", "-f", "grows", "one.pub")
    added = run("-k", "-u", "-f", "grows", "-z", "9", "four.pub")
    asked = line_of("ssh-keygen", "-Q", "-l", "-f", "grows")
    return (differs(made, 0, "Revoking from one.pub") or differs(added, 0)
            or differs(run("-Q", "-f", "grows", "one.pub", "four.pub", "two.pub"), 1,
                       "two.pub (a comment): ok")
            or (None if "KRL version 9" in asked and asked.count("hash: SHA256") == 2 else asked))


def standard_input_is_read():
    prepare()
    return (differs(run("-k", "-f", "piped", "-s", "none", "-", data="serial: 3\n"), 0)
            or (None if "serial: 3" in line_of("ssh-keygen", "-Q", "-l", "-f", "piped") else "lost"))


def mistakes_are_told_with_their_line():
    prepare()
    for text, why in (("\nserial: 0\n", "bad:2: a serial number above 0"),
                      ("serial: 9-3", "bad:1: a serial number above 0"),
                      ("serial: 1 x", "bad:1: a serial number above 0"),
                      ("id:", "bad:1: a key id"), ("hash: SHA256:AAAA", "bad:1: a fingerprint"),
                      ("hash: SHA1:AAAA", "bad:1: a fingerprint"), ("sha1: x", "bad:1: a public key"),
                      ("nonsense", "bad:1: a public key")):
        with open("bad", "w") as out:
            out.write(text)
        problem = differs(run("-k", "-q", "-f", "never", "-s", "ca.pub", "bad"), 255, "", why)
        if problem:
            return problem
    return "a file is left" if os.path.exists("never") else None


def what_is_missing_is_told():
    prepare()
    with open("serial", "w") as out:
        out.write("serial: 5\n")
    return (differs(run("-k", "-f", "never", "serial"), 255, "", "serial:1: certificates are revoked")
            or differs(run("-k", "one.pub"), 255, "", "requires an output file")
            or differs(run("-Q", "one.pub"), 255, "", "requires an input file")
            or differs(run("-k", "-u", "-f", "missing", "one.pub"), 255, "", "missing")
            or differs(run("-Q", "-f", "one.pub", "one.pub"), 255, "", "no list of revoked keys"))


run_tests([both_programs_make_the_same_list, both_say_the_same_of_keys, a_list_is_added_to,
           standard_input_is_read, mistakes_are_told_with_their_line, what_is_missing_is_told])
