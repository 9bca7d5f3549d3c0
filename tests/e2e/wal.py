"""Changes one value in the write-ahead log of a RocksDB folder, checksum and all: how a test makes a
store that a newer version seems to have written.

A log is a row of 32 KiB blocks of records: checksum (masked CRC-32C of type and payload), length and
type (1: the whole record), then the payload.
"""

import struct

BLOCK = 32768
HEADER = struct.Struct("<IHB")
FULL = 1


def _table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    return table


TABLE = _table()


def masked_crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def replace_value(folder, key, old, new):
    """Replaces the value of `key` in every whole record; how often. `old` and `new` are equally long."""
    assert len(old) == len(new)
    wanted = bytes([len(key)]) + key + bytes([len(old)])
    changed = 0
    for path in folder.glob("*.log"):
        data = bytearray(path.read_bytes())
        at = 0
        while at + HEADER.size <= len(data):
            left = BLOCK - at % BLOCK
            if left < HEADER.size:
                at += left
                continue
            crc, length, kind = HEADER.unpack_from(data, at)
            begin, end = at + HEADER.size, at + HEADER.size + length
            if kind == FULL and wanted + old in data[begin:end]:
                assert crc == masked_crc32c(data[at + 6:end]), "not the format of a log"
                data[begin:end] = data[begin:end].replace(wanted + old, wanted + new)
                struct.pack_into("<I", data, at, masked_crc32c(data[at + 6:end]))
                changed += 1
            at = end
        path.write_bytes(data)
    return changed
