"""How the cache stores numbers: element types, codes, scales, and which codes are neighbours.

Quantised: code = round(x / scale), half to even, saturating; x = code * scale; by scale 0 all is 0.
Two 4-bit codes share a byte, the even channel in the low nibble.
"""

import ml_dtypes
import numpy as np

ACTIVATIONS = {
    "float16": np.dtype(np.float16),
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
    "float32": np.dtype(np.float32),
}


class FloatFormat:
    """The numbers themselves, rounded to the cache's type."""

    quantised = False
    codes_per_element = 1
    attribute = ""

    def __init__(self, dtype):
        self.dtype = dtype

    def encode(self, x, scale):
        return x.astype(self.dtype)

    def decode(self, codes, scale):
        return codes.astype(np.float64)


class CodeFormat:
    """Numbers divided by a scale, rounded to the nearest code and kept within `low ... high`."""

    quantised = True
    codes_per_element = 1

    def __init__(self, attribute, dtype, low, high):
        self.attribute, self.dtype = attribute, np.dtype(dtype)
        self.low, self.high = low, high

    def encode(self, x, scale):
        with np.errstate(all="ignore"):
            quotient = x.astype(np.float32) / np.asarray(scale, np.float32)
        return self.round(np.clip(np.where(scale == 0, 0, quotient), self.low, self.high))

    def decode(self, codes, scale):
        with np.errstate(invalid="ignore"):
            return self.values(codes) * np.asarray(scale, np.float64)

    def round(self, x):
        return np.rint(x).astype(self.dtype)

    def values(self, codes):
        return codes.astype(np.float64)

    def ranks(self, codes):
        """Integers that differ by one where codes are neighbours."""
        return codes.astype(np.int32)


class Float8Format(CodeFormat):
    def round(self, x):
        return x.astype(np.float32).astype(self.dtype)

    def ranks(self, codes):
        bits = codes.view(np.uint8).astype(np.int32)
        return np.where(bits & 0x80, -(bits & 0x7F), bits)


class PackedFormat(CodeFormat):
    """Two 4-bit codes a byte."""

    codes_per_element = 2

    def round(self, x):
        nibbles = self.nibbles(x)
        return nibbles[..., ::2] | nibbles[..., 1::2] << 4

    def unpack(self, codes):
        return np.stack([codes & 15, codes >> 4], axis=-1).reshape(*codes.shape[:-1], -1)


class Int4Format(PackedFormat):
    """Codes -8 ... 7, stored with 8 added."""

    def nibbles(self, x):
        return (np.rint(x) + 8).astype(np.uint8)

    def values(self, codes):
        return self.ranks(codes).astype(np.float64)

    def ranks(self, codes):
        return self.unpack(codes).astype(np.int32) - 8


class Float4Format(PackedFormat):
    """E2M1: bit 3 is the sign, bits 0-2 count through `MAGNITUDES`."""

    MAGNITUDES = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6])

    def nibbles(self, x):
        halfway = (self.MAGNITUDES[1:] + self.MAGNITUDES[:-1]) / 2
        magnitude = np.abs(x)
        below = np.searchsorted(halfway, magnitude, side="left")
        above = np.searchsorted(halfway, magnitude, side="right")
        even = np.where(below % 2 == 0, below, above)
        return (even | np.signbit(x) << 3).astype(np.uint8)

    def values(self, codes):
        nibbles = self.unpack(codes)
        return np.where(nibbles & 8, -1, 1) * self.MAGNITUDES[nibbles & 7]

    def ranks(self, codes):
        nibbles = self.unpack(codes).astype(np.int32)
        return np.where(nibbles & 8, -(nibbles & 7), nibbles)


FORMATS = {
    **{name: FloatFormat(dtype) for name, dtype in ACTIVATIONS.items()},
    "int8": CodeFormat("int8", np.int8, -128, 127),
    "float8e4m3fn": Float8Format("float8e4m3fn", ml_dtypes.float8_e4m3fn, -448, 448),
    "int4": Int4Format("int4", np.uint8, -8, 7),
    "float4e2m1": Float4Format("float4e2m1", np.uint8, -6, 6),
}


def format_of(cache, attribute):
    """The format of a cache tensor; a uint8 tensor says by attribute which codes it packs."""
    if cache.dtype == np.uint8:
        return FORMATS[attribute]
    return next(f for f in FORMATS.values() if f.dtype == cache.dtype)
