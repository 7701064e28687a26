"""A server on asyncio that answers each chunk with the same chunk: echo_asyncio.py PATH"""
import asyncio
import struct
import sys


async def serve(reader, writer):
    try:
        while True:
            name, length = struct.unpack("<4sI", await reader.readexactly(8))
            writer.write(struct.pack("<4sI", name, length) + await reader.readexactly(length))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main():
    server = await asyncio.start_unix_server(serve, sys.argv[1])
    async with server:
        await server.serve_forever()


asyncio.run(main())
