"""PNG files of 8-bit colours, of nothing but zlib."""

import struct
import zlib


def write(path, rows):
    """Writes rows from the top, each bytes or a uint8 array: red, green, blue of every pixel."""
    rows = [bytes(row) for row in rows]

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    raw = b"".join(b"\0" + row for row in rows)  # each row starts with its filter: 0, none
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(
            chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0))
        )
        file.write(chunk(b"IDAT", zlib.compress(raw, 6)))
        file.write(chunk(b"IEND", b""))
