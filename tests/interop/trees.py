"""Trees of files to copy, and what they hold."""
import hashlib
import os

ODD = ["plain", "two words", "tab\there", "new\nline", "quote'\"", "ünïcödé", "日本語", "-dash", "*star?[x]",
       "back\\slash", "#hash", "~tilde", "$dollar", "a" * 255]


def make_tree(path):
    os.makedirs(os.path.join(path, "sub/deeper/deepest"))
    os.makedirs(os.path.join(path, "empty folder"))
    for i, name in enumerate(ODD):
        with open(os.path.join(path, name), "wb") as out:
            out.write(os.urandom(i * 997))
    with open(os.path.join(path, "sub/deeper/deepest/big"), "wb") as out:
        out.write(os.urandom((3 << 20) + 17))
    with open(os.path.join(path, "sub/sparse"), "wb") as out:
        out.seek((4 << 20) - 1)
        out.write(b"x")
    open(os.path.join(path, "sub/nothing"), "wb").close()
    os.chmod(os.path.join(path, "plain"), 0o640)


def describe(path):
    """Every path beneath with what it holds."""
    found = {}
    for folder, folders, files in os.walk(os.fsencode(path)):
        for name in folders:
            found[os.path.relpath(os.path.join(folder, name), os.fsencode(path))] = "folder"
        for name in files:
            whole = os.path.join(folder, name)
            with open(whole, "rb") as data:
                found[os.path.relpath(whole, os.fsencode(path))] = hashlib.sha256(data.read()).hexdigest()
    return found


def differ(one, other):
    a, b = describe(one), describe(other)
    if a == b:
        return None
    return f"only here {sorted(set(a) - set(b))[:5]}, only there {sorted(set(b) - set(a))[:5]}, " \
           f"other {[n for n in a if n in b and a[n] != b[n]][:5]}"
