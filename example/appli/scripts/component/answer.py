"""The program that a component is: whoever connects says its name and is told this one's.

python3 answer.py NAME PORTFILE      # any free port, which it writes into the file
"""

import socketserver
import sys
from pathlib import Path


class Answer(socketserver.StreamRequestHandler):
    """One conversation: a line each way."""

    def handle(self) -> None:
        client = self.rfile.readline(256).decode().strip()
        print(f"{client} was here", flush=True)
        self.wfile.write(f"{sys.argv[1]}\n".encode())


with socketserver.ThreadingTCPServer(("", 0), Answer) as server:
    Path(sys.argv[2]).write_text(f"{server.server_address[1]}\n")
    server.serve_forever()
