"""python -m campaign.proxy LISTEN:TARGET ... : forwards connections on loopback, and breaks them as it is told on stdin.

`pass` forwards. `slow MILLIS` holds back every piece so long. `cut` ends every connection, and goes on passing new ones.
`dead` forwards nothing, and keeps connections open: as a network that lost its packets.
"""

import asyncio
import sys
from contextlib import suppress

PIECE = 65_536


class Proxy:
    """All connections of all listeners."""

    def __init__(self):
        self.delay, self.connections = 0.0, set()
        self.open = asyncio.Event()
        self.open.set()

    async def listen(self, port, target):
        await asyncio.start_server(lambda r, w: self.connect(r, w, target), "127.0.0.1", port)

    async def connect(self, reader, writer, target):
        try:
            there, back = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.close()
            return
        both = {writer, back}
        self.connections |= both
        # At the end of the program connections are cancelled where they stand.
        with suppress(asyncio.CancelledError):
            await asyncio.gather(self.forward(reader, back), self.forward(there, writer))
        self.connections -= both

    async def forward(self, reader, writer):
        try:
            while piece := await reader.read(PIECE):
                await self.open.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def told(self, line):
        word, *rest = line.split() or [""]
        if word == "cut":
            for writer in list(self.connections):
                writer.transport.abort()
        self.delay = float(rest[0]) / 1_000 if word == "slow" else 0.0
        if word == "dead":
            self.open.clear()
        else:
            self.open.set()


async def main(pairs):
    proxy = Proxy()
    for pair in pairs:
        port, target = map(int, pair.split(":"))
        await proxy.listen(port, target)
    loop, lines = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("ready", flush=True)
    # Without whoever started it, it has nothing to do.
    while line := await lines.readline():
        proxy.told(line.decode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
