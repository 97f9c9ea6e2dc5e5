"""What a machine does for the benches: processes' time and memory, servers, and long ways between them."""
import os
import queue
import socket
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


def family(pid):
    """The process and its descendants."""
    found, todo = [], [pid]
    while todo:
        pid = todo.pop()
        found.append(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as children:
                    todo += [int(c) for c in children.read().split()]
        except OSError:
            pass  # it has just ended
    return found


def processor(pids):
    """Seconds that the processes, their descendants and those waited for have used."""
    ticks = 0
    for pid in (p for root in pids for p in family(root)):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                ticks += sum(int(f) for f in stat.read().rsplit(")", 1)[1].split()[11:15])
        except OSError:
            pass
    return ticks / TICK


def memory(pid):
    """KiB of the process and its descendants: proportional set size, and the part that is no file's."""
    sums = {"Pss": 0, "Pss_Anon": 0}
    for member in family(pid):
        try:
            with open(f"/proc/{member}/smaps_rollup") as lines:
                for line in lines:
                    name = line.split(":")[0]
                    if name in sums:
                        sums[name] += int(line.split()[1])
        except OSError:
            pass
    return sums["Pss"], sums["Pss_Anon"]


def serve(handler):
    """A TCP server on loopback; returns its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept():
        while True:
            client, _ = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=handler, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def echo(client):
    while piece := client.recv(4096):
        client.sendall(piece)
    client.close()


def delay(source, sink, seconds):
    """Passes on what comes, so much later."""
    pieces = queue.Queue()

    def pass_on():
        try:
            while True:
                due, piece = pieces.get()
                time.sleep(max(0, due - time.monotonic()))
                if not piece:
                    return sink.shutdown(socket.SHUT_WR)
                sink.sendall(piece)
        except OSError:
            source.close()

    threading.Thread(target=pass_on, daemon=True).start()
    try:
        while piece := source.recv(1 << 18):
            pieces.put((time.monotonic() + seconds, piece))
    except OSError:
        pass
    pieces.put((time.monotonic() + seconds, b""))


def far(port, seconds):
    """A relay to port over a path with this round trip; returns its port."""
    def join(client):
        server = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=delay, args=(server, client, seconds / 2), daemon=True).start()
        delay(client, server, seconds / 2)

    return serve(join)
