"""Start the app: python -m scripts.serve app|class|dev (in .venv, from the repository root).

The port comes from the environment variable PORT.
"""

from __future__ import annotations

import io
import os
import socket
import sys
from typing import Any

LOCAL = "127.0.0.1"
EVERYWHERE = "0.0.0.0"


class ServeError(Exception):
    """Why the app cannot start and what to do, in one sentence."""


def read_port(text: str) -> int:
    """The port named by `text`; raises ServeError when it is none."""
    if text.isascii() and text.isdigit() and 1024 <= int(text) <= 65535:
        return int(text)
    raise ServeError(
        f"PORT={text} is not a port: give a number from 1024 to 65535, as in 'make app PORT=8502'."
    )


def is_free(port: int, address: str) -> bool:
    """Whether nobody listens on `port` and we may."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((LOCAL, port)) == 0:
            return False
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def check_port(port: int, address: str, mode: str) -> None:
    """Raise ServeError, naming the next free port, when `port` is taken."""
    if is_free(port, address):
        return
    other = next((p for p in range(port + 1, min(port + 100, 65536)) if is_free(p, address)), 8600)
    raise ServeError(
        f"Port {port} is busy, perhaps with this app in another window: end what runs there, "
        f"or take another port with 'make {mode} PORT={other}'."
    )


def has_screen() -> bool:
    """Whether there is a desktop on which a browser can open."""
    if os.environ.get("CI"):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def network_addresses() -> list[str]:
    """IPv4 addresses of this machine that others on the local network can reach, the likeliest first."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # An address kept for documentation; connecting a datagram socket sends nothing.
            probe.connect(("192.0.2.1", 9))
            found.append(probe.getsockname()[0])
        except OSError:
            pass  # no route: not connected to any network
    try:
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        pass  # the host's own name does not resolve: the route above is all we know
    return [address for address in dict.fromkeys(found) if not address.startswith(("127.", "0."))]


def print_qr(url: str) -> None:
    """Print `url` as a QR code, in half blocks where the terminal's encoding has them."""
    import segno

    code, drawn = segno.make(url), io.StringIO()
    code.terminal(drawn, border=2, compact=True)
    try:
        drawn.getvalue().encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        code.terminal(border=2)
        return
    # White on black by name: in a terminal with a light background the code would be inverted.
    white, plain = ("\033[97;40m", "\033[0m") if sys.stdout.isatty() else ("", "")
    for line in drawn.getvalue().splitlines():
        print(f"{white}{line}{plain}")


def announce(port: int, mode: str) -> str:
    """Print where the app is to be found; returns the host name that its own browser window opens."""
    if mode != "class":
        print(f"\n  Latent Explorer: http://localhost:{port}   (Ctrl-C ends it)\n", flush=True)
        return "localhost"
    addresses = network_addresses()
    if not addresses:
        print(
            f"\n  This machine is in no network, so only it can open http://localhost:{port}: "
            "connect it and start again.\n",
            flush=True,
        )
        return "localhost"
    print("\n  Latent Explorer, open to everyone on this network (Ctrl-C ends it):\n")
    for address in addresses:
        print(f"    http://{address}:{port}")
    print()
    print_qr(f"http://{addresses[0]}:{port}")
    sys.stdout.flush()
    return addresses[0]


def answer_at_once() -> None:
    """Have Streamlit's server send small messages at once: else a change waits 40 ms for an acknowledgement.

    Nagle's algorithm holds back a small packet while another is on its way; asyncio switches it off only for
    sockets that name their protocol, and Streamlit's does not. Without the function that is wrapped here,
    which is Streamlit's own, the app is only slower.
    """
    from streamlit.web.server.starlette import starlette_server

    bind = getattr(starlette_server, "_bind_socket", None)
    if bind is None:
        return

    def bind_without_delay(*arguments: Any, **more: Any) -> socket.socket:
        bound = bind(*arguments, **more)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what it accepts inherits it
        return bound

    starlette_server._bind_socket = bind_without_delay


def run_streamlit(port: int, address: str, host: str, mode: str) -> int:
    """Run the server in this process until it is stopped; returns the exit status."""
    flags = {
        "server.port": port,
        "server.address": address,
        "server.headless": "false" if has_screen() else "true",
        "browser.serverAddress": host,
        "logger.hideWelcomeMessage": "true",  # it would look up the outside address of this machine
    }
    if mode == "dev":
        flags |= {
            "server.fileWatcherType": "auto",
            "server.runOnSave": "true",
            "client.toolbarMode": "developer",
        }
    # One thread a computation: with many users they run beside each other, and torch's own threads would
    # only wait for one another. It has to be said before torch is loaded.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Imported here, inside the caller's try: Ctrl-C is as likely while Streamlit loads as later.
    from click.exceptions import Abort
    from streamlit.web import cli

    answer_at_once()

    arguments = ["run", "app.py", *(f"--{name}={value}" for name, value in flags.items())]
    try:
        cli.main(arguments, prog_name="streamlit", standalone_mode=False)
    except Abort:
        pass  # click's word for Ctrl-C before the server has its own handler
    return 0


def main(arguments: list[str]) -> int:
    """Start the app in the mode named in `arguments`; returns the exit status."""
    if len(arguments) != 1 or arguments[0] not in ("app", "class", "dev"):
        print("usage: python -m scripts.serve app|class|dev", file=sys.stderr)
        return 2
    mode = arguments[0]
    address, bound = (EVERYWHERE, EVERYWHERE) if mode == "class" else ("localhost", LOCAL)
    try:
        port = read_port(os.environ.get("PORT") or "8501")
        check_port(port, bound, mode)
        return run_streamlit(port, address, announce(port, mode), mode)
    except ServeError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0  # the way to end it; another status would have make report an error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
