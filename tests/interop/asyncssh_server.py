"""AsyncSSH as a server: on a thread of its own, for whoever comes."""
import asyncio
import threading
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import asyncssh


class Open(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False


def serve(scratch, files, **options):
    """The port. Files are served by the class."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def listen():
        server = await asyncssh.create_server(Open, "127.0.0.1", 0, sftp_factory=files,
                                              server_host_keys=[scratch.file("host_ed25519")], **options)
        return server.sockets[0].getsockname()[1]

    return asyncio.run_coroutine_threadsafe(listen(), loop).result(20)
