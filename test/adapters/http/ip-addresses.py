"""Writes ip-addresses.json: which addresses a webhook may go to, by Python's `ipaddress`.

    python3 test/adapters/http/ip-addresses.py

Taken are the edges of every block that either side knows, also wrapped in IPv6, and addresses at random from a fixed seed.
"""

import json
import pathlib
import platform
import random
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# What `is_global` allows, or allows in some versions of Python, and we refuse on purpose.
STRICTER = [
    ip_network(block)
    for block in [
        "224.0.0.0/4",  # multicast
        "192.0.0.0/24",  # protocol assignments: two anycast addresses in it are global
        "192.88.99.0/24",  # the retired relays of 6to4
        "2001::/23",  # protocol assignments, Teredo among them
        "2002::/16",  # 6to4, whatever it wraps
        "3fff::/20",  # documentation, since 2024
    ]
]
GLOBAL_UNICAST = ip_network("2000::/3")
NAT64 = ip_network("64:ff9b::/96")

BLOCKS = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.8/32 192.0.0.9/32
192.0.0.170/31 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
::/128 ::1/128 ::ffff:0:0/96 ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2000::/3 2001::/32 2001::/23 2001:1::1/128
2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48
3fff::/20 5f00::/16 fc00::/7 fd00:ec2::/32 fe80::/10 fec0::/10 ff00::/8
""".split()


def reachable(address):
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return reachable(mapped)
    if address.version == 6 and address in NAT64:
        return reachable(IPv4Address(int(address) & 0xFFFFFFFF))
    if any(address.version == block.version and address in block for block in STRICTER):
        return False
    return address.is_global and (address.version == 4 or address in GLOBAL_UNICAST)


def edges():
    for block in map(ip_network, BLOCKS):
        of = IPv4Address if block.version == 4 else IPv6Address
        first, last = int(block[0]), int(block[-1])
        for number in (first - 1, first, (first + last) // 2, last, last + 1):
            if 0 <= number < 1 << of(0).max_prefixlen:
                yield of(number)


def wrapped(address):
    number = int(address)
    yield IPv6Address(0xFFFF << 32 | number)
    yield IPv6Address((0x64FF9B << 96) | number)
    yield IPv6Address((0x2002 << 112) | number << 80 | 1)
    yield IPv6Address((0x20010000 << 96) | number ^ 0xFFFFFFFF)
    yield IPv6Address(number)


def at_random(count):
    draw = random.Random(16)
    for _ in range(count):
        yield IPv4Address(draw.getrandbits(32))
        yield IPv6Address(1 << 125 | draw.getrandbits(125))
        yield IPv6Address(draw.getrandbits(128))


chosen = list(edges())
chosen += [inner for address in chosen if address.version == 4 for inner in wrapped(address)]
chosen += at_random(150)
by_verdict = {True: [], False: []}
for address in sorted(set(chosen), key=lambda one: (one.version, one)):
    assert ip_address(str(address)) == address
    by_verdict[reachable(address)].append(str(address))

result = {"python": platform.python_version(), "reachable": by_verdict[True], "refused": by_verdict[False]}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n")
print({name: len(value) for name, value in result.items() if name != "python"})
