"""A worker for chunk-serve that answers each chunk with the same chunk."""
import struct
import sys

source, sink = sys.stdin.buffer, sys.stdout.buffer
while head := source.read(8):
    name, length = struct.unpack("<4sI", head)
    sink.write(struct.pack("<4sI", name, length) + source.read(length))
    sink.flush()
