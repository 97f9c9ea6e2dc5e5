#!/usr/bin/python3
"""cleat keygen -s and -L: what certificates hold, when they are valid, and what is refused."""
import calendar
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client  # noqa: E402, F401
from keygen import differs, make, read, run, run_tests  # noqa: E402

EVERYTHING = ["permit-X11-forwarding", "permit-agent-forwarding", "permit-port-forwarding",
              "permit-pty", "permit-user-rc"]
UTC = {"TZ": "UTC"}


def certify(*args, key="user.pub", env=None):
    for name, more in (("ca", []), ("user", []), ("rsa", ["-t", "rsa", "-b", "2048"])):
        if not os.path.exists(name):
            make(name, *more)
    return run("-s", "ca", "-I", "an id", *args, key, env=env)


def shown(path="user-cert.pub", env=None):
    """The parts of -L by their titles, lists as lists."""
    done = run("-L", "-f", path, env=env or UTC)
    parts = {}
    for line in done.stdout.splitlines():
        field = re.match(r"^ {8}(\S[^:]*): ?(.*)$", line)
        if field:
            parts[field[1]] = last = field[2] or []
        elif line.startswith(" " * 16):
            last.append(line.strip())
    return parts


def expect_parts(done, **wanted):
    if done.returncode:
        return repr(done)
    parts = shown()
    found = {name: parts.get(name.replace("_", " ")) for name in wanted}
    return None if found == wanted else f"{found}\nexpected {wanted}"


# ---- what is in them ----

def a_user_is_certified():
    done = certify("-n", "alice,bob", "-V", "20300101Z:20310101Z", "-z", "7", env=UTC)
    said = ("Signed user key user-cert.pub: id \"an id\" serial 7 for alice,bob valid from "
            "2030-01-01T00:00:00 to 2031-01-01T00:00:00\n")
    return differs(done, 0, said) or expect_parts(
        done, Type="ssh-ed25519-cert-v01@openssh.com user certificate", Key_ID='"an id"', Serial="7",
        Valid="from 2030-01-01T00:00:00 to 2031-01-01T00:00:00", Principals=["alice", "bob"],
        Critical_Options="(none)", Extensions=EVERYTHING) or \
        (not read("user-cert.pub").endswith(" a comment\n") and read("user-cert.pub"))


def a_host_is_certified():
    done = certify("-h", "-n", "host.example.org", "-V", "always:forever")
    return differs(done, 0, "Signed host key ") or expect_parts(
        done, Type="ssh-ed25519-cert-v01@openssh.com host certificate", Valid="forever",
        Principals=["host.example.org"], Extensions="(none)")


def options_are_put_in():
    done = certify("-O", "clear", "-O", "permit-pty", "-O", "force-command=ls -l", "-O",
                   "source-address=10.0.0.0/8,::1", "-O", "critical:flag@x", "-O", "extension:e@x=v",
                   "-O", "verify-required", "-O", "no-touch-required")
    return expect_parts(done, Critical_Options=["flag@x UNKNOWN FLAG OPTION", "force-command ls -l",
                                                "source-address 10.0.0.0/8,::1", "verify-required"],
                        Extensions=["e@x UNKNOWN OPTION: 0000000176 (len 5)", "no-touch-required",
                                    "permit-pty"])


def each_permission_can_be_taken_away():
    for name in EVERYTHING:
        done = certify("-O", name.lower().replace("permit-", "no-"))
        problem = expect_parts(done, Extensions=[other for other in EVERYTHING if other != name])
        if problem:
            return problem
    return None


def serial_numbers_count():
    make("second")
    done = run("-q", "-s", "ca", "-I", "x", "-z", "+0xfe", "user.pub", "second")
    serials = [shown(path)["Serial"] for path in ("user-cert.pub", "second-cert.pub")]
    return differs(done, 0) or (done.stdout and repr(done)) or (serials != ["254", "255"] and str(serials))


def the_signature_of_an_rsa_authority_is_chosen():
    for name in ("rsa-sha2-256", "rsa-sha2-512", "ssh-rsa"):
        done = run("-s", "rsa", "-t", name, "-I", "x", "user.pub")
        if done.returncode or not shown()["Signing CA"].endswith(f"(using {name})"):
            return repr(done)
    return differs(certify("-t", "rsa-sha2-512"), 255,
                   err="CA key type ssh-ed25519 doesn't match specified rsa-sha2-512")


# ---- time ----

def intervals_are_understood():
    zone = {"TZ": "EST5"}
    for text, valid in (("20300102:20300102120000", "from 2030-01-02T05:00:00 to 2030-01-02T17:00:00"),
                        ("203001021530Z:forever", "after 2030-01-02T15:30:00"),
                        ("always:0x70000000", "before 2029-07-18T05:49:52"),
                        ("0x1:0x10", "from 1970-01-01T00:00:01 to 1970-01-01T00:00:16")):
        problem = expect_parts(certify("-V", text, env=zone), Valid=valid)
        if problem:
            return f"{text}: {problem}"
    return None


def relative_times_are_from_now():
    before = time.time()
    done = certify("-V", "-1d:+1w2d")
    after = time.time()
    found = re.fullmatch("from (.*) to (.*)", shown()["Valid"])
    times = [calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S")) for text in found.groups()]
    good = int(before) <= times[0] + 86400 <= after and int(before) <= times[1] - 9 * 86400 <= after
    return differs(done, 0) or (not good and f"{times} {before} {after}") or None


# ---- refusals ----

def what_makes_no_sense_is_refused():
    for args, why in (
            ("-V foo", "Invalid certificate life specification foo"),
            ("-V 1d", "Invalid certificate life specification 1d"),
            ("-V 20300230", "Invalid certificate life specification 20300230"),
            ("-V 20300101:20200101", "Empty certificate validity interval"),
            ("-n a,,b", "Empty principal name"), ("-O what", "Unsupported certificate option \"what\""),
            ("-O source-address=foo", "Invalid source-address list"),
            ("-O source-address=10.0.0.0/33", "Invalid source-address list"),
            ("-O force-command=a -O force-command=b", "force-command already specified"),
            ("-h -O force-command=a", "certificates of hosts (-h) have no option"), ("-D lib", "PKCS#11")):
        problem = differs(certify(*args.split()), 255, err=why)
        if problem:
            return problem
    return differs(run("-s", "ca", "user.pub"), 255, err="Must specify key id (-I) when certifying") or \
        differs(certify(key="absent.pub"), 255, err="absent.pub") or \
        differs(run("-s", "absent", "-I", "x", "user.pub"), 255, err="Load key \"absent\": ") or \
        differs(certify(key="user-cert.pub"), 255, err="user-cert.pub")


def what_is_no_certificate_is_named():
    certify()
    with open("mixed", "w", encoding="ascii") as out:
        out.write(read("user-cert.pub") + "\n# remark\nrubbish\n" + read("user.pub") + read("user-cert.pub"))
    done = run("-L", "-f", "mixed")
    heads = re.findall(r"^\S.*$", done.stdout, re.M)
    changed = read("user-cert.pub").split()
    changed[1] = changed[1][:-6] + "AAAAA="
    with open("changed", "w", encoding="ascii") as out:
        out.write(" ".join(changed) + "\n")
    return differs(done, 0, err="mixed:4 is not a certificate\nmixed:5 is not a certificate\n") or \
        (heads != ["mixed:", "mixed:6:"] and str(heads)) or \
        differs(run("-L", "-f", "user.pub"), 1, err="user.pub:1 is not a certificate") or \
        differs(run("-L", "-f", "changed"), 1, err="changed:1 is not a certificate") or \
        differs(run("-L", "-f", "-", data=read("user-cert.pub")), 0, "(stdin):\n")


# ---- the agent ----

def the_agent_signs():
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "agent")
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 30
            while not os.path.exists(socket) and time.monotonic() < end:
                time.sleep(0.01)
            env = {"SSH_AUTH_SOCK": socket}
            missing = certify("-U", env=env)
            subprocess.run(["ssh-add", "-q", "ca", "rsa"], env={**os.environ, **env}, check=True)
            os.rename("ca", "away")
            done = run("-s", "ca.pub", "-U", "-I", "x", "user.pub", env=env)
            second = run("-s", "rsa.pub", "-U", "-t", "rsa-sha2-256", "-I", "x", "user.pub", env=env)
            os.rename("away", "ca")
        finally:
            agent.terminate()
            agent.wait()
    return differs(missing, 255, err="not found in agent") or differs(done, 0) or differs(second, 0) or \
        ("(using rsa-sha2-256)" not in shown()["Signing CA"] and str(shown())) or \
        differs(certify("-U", env={"SSH_AUTH_SOCK": ""}), 255, err="agent not present")


run_tests([a_user_is_certified, a_host_is_certified, options_are_put_in, each_permission_can_be_taken_away,
           serial_numbers_count, the_signature_of_an_rsa_authority_is_chosen, intervals_are_understood,
           relative_times_are_from_now, what_makes_no_sense_is_refused, what_is_no_certificate_is_named,
           the_agent_signs])
