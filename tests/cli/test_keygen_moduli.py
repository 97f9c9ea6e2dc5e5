#!/usr/bin/python3
"""cleat keygen -M: groups that are generated, screened, interrupted and gone on with; OpenSSH finds the
same."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client  # noqa: E402, F401
from keygen import differs, read, run, run_tests  # noqa: E402

SIZE = ["-O", "bits=512", "-O", "memory=1"]
LINES = 1000
START = "7" + "0" * 127  # among the first candidates from there are 8 safe primes


def groups(path):
    """Without the time."""
    return [line.split()[1:] for line in read(path).splitlines()]


def candidates_are_generated():
    done = run("-M", "generate", *SIZE, "-O", f"start={START}", "candidates")
    rows = groups("candidates")
    wrong = [row for row in rows if row[:5] != ["4", "2", "0", "510", "0"] or len(row[5]) != 128]
    return differs(done, 0, err="candidates of 512 bits") or (len(rows) < LINES and str(len(rows))) or \
        (wrong and str(wrong[:2])) or None


def they_begin_anywhere():
    done = run("-M", "generate", *SIZE, "-q", "anywhere")
    return differs(done, 0) or (groups("anywhere")[0][5][:100] == START[:100] and "where they always do") or None


def a_start_is_taken():
    start = "C" + "0" * 127
    done = run("-M", "generate", "-O", "bits=513", "-O", f"start={start}", "-q", "started")
    first = groups("started")[0][5]
    return differs(done, 0) or (done.stderr and repr(done)) or (first[:100] != start[:100] and first)


def openssh_finds_the_same_groups():
    done = run("-M", "screen", "-f", "candidates", "-O", f"lines={LINES}", "ours")
    found = groups("ours")
    if done.returncode or not found or f"Found {len(found)} safe primes of {LINES} candidates" not in done.stderr:
        return f"{done} {found}"
    if not shutil.which("ssh-keygen"):
        return None
    subprocess.run(["ssh-keygen", "-q", "-M", "screen", "-f", "candidates", "-O", f"lines={LINES}", "theirs"],
                   check=True, capture_output=True, timeout=60)
    return None if found == groups("theirs") else f"{found}\n{groups('theirs')}"


def what_was_screened_is_screened_again():
    done = run("-M", "screen", "-f", "ours", "again")
    return differs(done, 0) or ([row[5] for row in groups("again")] != [row[5] for row in groups("ours")]
                                and read("again")) or None


def an_interrupted_screening_goes_on():
    with open("mark", "w", encoding="ascii") as mark:
        mark.write("400\n")
    for args in (["-O", "lines=400"], ["-O", "checkpoint=mark", "-O", f"lines={LINES - 400}"]):
        done = run("-M", "screen", "-f", "candidates", *args, "parts")
        if done.returncode:
            return repr(done)
    return (groups("parts") != groups("ours") and read("parts")) or \
        (os.path.exists("mark") and "the checkpoint stays") or None


def a_checkpoint_is_kept():
    os.mkdir("sealed")
    done = run("-M", "screen", "-f", "candidates", "-O", f"lines={LINES}", "-O", "checkpoint=sealed", "/dev/null")
    return differs(done, 255, err="sealed")


def only_a_generator_is_wanted():
    done = run("-M", "screen", "-f", "-", "-O", "generator=5", "five", data=read("ours"))
    return differs(done, 0) or \
        ([row[5] for row in groups("five")] != [row[5] for row in groups("ours") if row[4] == "5"] and read("five"))


def mistakes_are_named():
    for args, status, why in (
            ("-M what out", 255, "Unsupported moduli option what"), ("-M generate", 255, "No output file"),
            ("-M generate -O bits=511 out", 255, "groups have 512 to 16384 bits, not 511"),
            ("-M generate -O what=1 out", 255, "Option \"what=1\" is unsupported"),
            ("-M generate -O start=xyz out", 255, "hexadecimal"),
            ("-M generate -O bits=512 -O start=8 out", 255, "the start must be a number of 511 bits"),
            ("-M generate -O lines=3 out", 255, "takes -O bits="), ("-M screen -O bits=512 out", 255, "takes -O checkpoint="),
            ("-M screen -O generator=4 out", 255, "generator= must be 2 or 5"),
            ("-M screen -f absent out", 255, "absent"),
            ("-M screen -f ours -O lines=1 /nowhere/out", 255, "Couldn't open moduli file"),
            ("-M screen -f ours /dev/full", 255, "the output file takes no more"),
            ("-M generate -O bits=512 /dev/full", 255, "Couldn't write modulus candidate file")):
        problem = differs(run(*args.split()), status, err=why)
        if problem:
            return problem
    return None


run_tests([candidates_are_generated, they_begin_anywhere, a_start_is_taken, openssh_finds_the_same_groups,
           what_was_screened_is_screened_again, an_interrupted_screening_goes_on, a_checkpoint_is_kept,
           only_a_generator_is_wanted, mistakes_are_named])
