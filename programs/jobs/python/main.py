"""A bit of everything that is the same wherever it runs: numbers, text, data structures, exceptions, files."""

import collections
import decimal
import fractions
import hashlib
import itertools
import json
import math
import os
import random
import re
import sys


def primes(limit):
    sieve = bytearray([1]) * limit
    sieve[0:2] = b"\0\0"
    for number in range(2, math.isqrt(limit) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return list(itertools.compress(range(limit), sieve))


def queens(size, row=0, columns=0, rising=0, falling=0):
    if row == size:
        return 1
    free = ~(columns | rising | falling) & ((1 << size) - 1)
    count = 0
    while free:
        place = free & -free
        free ^= place
        count += queens(size, row + 1, columns | place, (rising | place) << 1, (falling | place) >> 1)
    return count


def words(text):
    return collections.Counter(word.lower() for word in re.findall(r"[^\W\d_]+", text)).most_common(5)


def deep(level):
    try:
        return deep(level + 1)
    except RecursionError:
        return "recursion ended"


def main():
    print("python", sys.version.split()[0])
    found = primes(20_000)
    print("primes", len(found), found[-1], sum(found))
    print("queens", queens(7))
    print("factorial", hashlib.sha256(str(math.factorial(300)).encode()).hexdigest())
    print("floats", [round(math.sin(x) * math.exp(x / 7), 12) for x in range(5)], float("1e-320"), 0.1 + 0.2)
    print("fractions", sum(fractions.Fraction(1, n) for n in range(1, 30)))
    decimal.getcontext().prec = 50
    print("decimal", decimal.Decimal(2).sqrt())
    chance = random.Random(7)
    print("random", [chance.randrange(1000) for _ in range(5)], chance.gauss(0, 1))
    with open("/poem.txt", encoding="utf-8") as poem:
        text = poem.read()
    print("words", words(text), text.title().split("\n")[1])
    print(deep(0))
    os.makedirs("/out", exist_ok=True)
    with open("/out/report.json", "w", encoding="utf-8") as report:
        json.dump({"words": words(text), "primes": found[:10], "naïve": None}, report, indent=1, sort_keys=True)
    with open("/out/raw.bin", "w+b") as raw:
        raw.write(bytes(range(256)) * 64)
        raw.seek(1000)
        raw.write("überschrieben".encode())
        raw.truncate(9000)
    os.rename("/out/raw.bin", "/out/renamed.bin")
    print("files", sorted((name, os.stat(f"/out/{name}").st_size) for name in os.listdir("/out")))
    print("stdin", sys.stdin.read().split())
    try:
        open("/nowhere/file")
    except OSError as error:
        print("error", type(error).__name__, error.strerror)
    sys.exit(len(found) % 7)


main()
