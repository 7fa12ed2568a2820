"""An interpreter of Brainf***, which tracing turns into a compiler.

The program is a string, so it is known while `brainfuck` is traced: the `for` over its instructions
runs then, in Python, and leaves behind only what they do to the tape. `while tape[p] != 0` is not
known then: each pair of brackets becomes a loop of the graph. What is compiled in the end is the
program, and nothing of the interpreter.
"""


def parse(program):
    """Nested tuples: (">", -2) for "<<", ("+", 3) for "+++", ("[", what stands in the brackets)."""
    step = {">": (">", 1), "<": (">", -1), "+": ("+", 1), "-": ("+", -1)}
    levels = [[]]
    for symbol in program:
        code = levels[-1]
        if symbol in step:
            kind, by = step[symbol]
            if code and code[-1][0] == kind:  # "+++" is one instruction
                by += code.pop()[1]
            code.append((kind, by))
        elif symbol == ".":
            code.append((".", 1))
        elif symbol == "[":
            levels.append([])
        elif symbol == "]":
            if len(levels) == 1:
                raise SyntaxError("] without [")
            body = tuple(levels.pop())
            levels[-1].append(("[", body))
    if len(levels) > 1:
        raise SyntaxError("[ without ]")
    return tuple(levels[0])


def execute(code, tape, p, out, n):
    """Runs parsed code on the tape at p; what it prints goes to out at n. Returns the new state."""
    for kind, what in code:
        if kind == "[":
            while tape[p] != 0:
                tape, p, out, n = execute(what, tape, p, out, n)
        elif kind == "+":
            tape[p] = (tape[p] + what) % 256
        elif kind == ">":
            p += what
        else:
            out[n] = tape[p]
            n += 1
    return tape, p, out, n


def brainfuck(program, tape, out):
    """Runs a program on a tape of zeros. Returns out, which received its output, and how much."""
    tape, p, out, n = execute(parse(program), tape, 0, out, 0)
    return out, n


# Primes below 100 by trial division. Whatever is no instruction is a comment.
PRIMES = """
98 numbers to try after 1
>>>>++++++++++++++[-<<<<+++++++>>>>]<<<+
the next one: n; prime until a divisor shows
<[->+>>+
  d counts down; d plus 1 is the divisor
  <<[->+>>+<<<]>>>[-<<<+>>>]<<--
  while d: n and the divisor go to the divider
  [<[->>>>+<+<<<]>>>[-<<<+>>>]<<[->>>>+<<+<<]>>[-<<+>>]>>+
    leaves 0; divisor less remainder; remainder; quotient
    <[->-[>+>>]>[+[-<+>]>+>>]<<<<<]
    flag is 1 if the remainder is 0
    >>>[-]<<[-]<<+>>>[[-]<<<->>>]
    then n is not prime
    <<<[<[-]>-]
  the next divisor
  <<-]
  if prime: tens and ones of n
  >[-<<[->>>>+<+<<<]>>>[-<<<+>>>]>>++++++++++<[->-[>+>>]>[+[-<+>]>+>>]<<<<<]>[-]
    tens unless 0
    >>[<<<<++++++[->>>>++++++++<<<<]>>>>.[-]]
    ones
    <<<<++++++[->>>++++++++<<<]>>>.[-]
    a space
    <<++++[-<++++++++>]<.[-]<]
a line end
<<<]>>>>++++++++++.
"""

if __name__ == "__main__":
    import autograph as ag

    tape, out = ag.constant([0] * 30_000, ag.int64), ag.constant([0] * 200, ag.int64)
    out, n = ag.function(brainfuck)(PRIMES, tape, out)
    print(bytes(out.tolist()[: int(n)]).decode(), end="")
