"""tf.bitwise: the bits of integers, element by element, with broadcasting."""

from . import api

__all__ = ["bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"]

_binary, _unary = api._binary_function, api._unary_function
bitwise_and = _binary("bitwise_and", "BITAND", "x & y")
bitwise_or = _binary("bitwise_or", "BITOR", "x | y")
bitwise_xor = _binary("bitwise_xor", "BITXOR", "x ^ y")
left_shift = _binary("left_shift", "SHL", "x << y; 0 where y is the width or more.")
right_shift = _binary("right_shift", "SHR", "x >> y; the sign where y is the width or more.")
invert = _unary("invert", "INVERT", "~x")
