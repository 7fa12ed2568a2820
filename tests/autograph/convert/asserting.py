"""A function with asserts, in a file whose asserts the test runner does not rewrite."""


def check(x, log):
    assert x > 0, log.append("evaluated") or f"bad {x}"
    assert x > 1
    return log
