"""PyTorch: torch.compile. CASES: name -> (arguments) -> a call without arguments. SLOW: loops that Python drives."""

import plain
import torch

torch.set_num_threads(1)
VERSION = torch.__version__
SLOW = ("collatz", "primes", "mandelbrot", "lorenz")


def tensors(args):
    return [torch.as_tensor(arg) if hasattr(arg, "dtype") else arg for arg in args]


def compiled(program):
    function = torch.compile(program)

    def bind(*args):
        args = tensors(args)
        return lambda: function(*args)

    return bind


def scalars(program):
    """On 0-d tensors: what is traced is an operation, and the loops are Python's."""

    def bind(*args):
        args = [torch.tensor(arg) for arg in args]
        return lambda: program(*args)

    return bind


def slope(y):
    return torch.stack(
        [10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3.0 * y[2]]
    )


def step(y, h):
    k1 = slope(y)
    k2 = slope(y + 0.5 * h * k1)
    k3 = slope(y + 0.5 * h * k2)
    k4 = slope(y + h * k3)
    return y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def lorenz(y, h, steps):
    one, y = torch.compile(step), torch.as_tensor(y)

    def run():
        now = y
        for _ in range(steps):
            now = one(now, h)
        return now

    return run


def heat(u, steps):
    def once(u):
        inner = u[1:-1, 1:-1]
        around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        v = u.clone()
        v[1:-1, 1:-1] = inner + 0.1 * (around - 4.0 * inner)
        return v

    one, u = torch.compile(once), torch.as_tensor(u)

    def run():
        now = u
        for _ in range(steps):
            now = one(now)
        return now

    return run


def black_scholes(price, strike, years):
    normal = lambda x: 0.5 + 0.5 * torch.erf(x * 0.7071067811865476)  # noqa: E731
    spread = 0.3 * torch.sqrt(years)
    d1 = (torch.log(price / strike) + 0.065 * years) / spread
    return price * normal(d1) - strike * torch.exp(-0.02 * years) * normal(d1 - spread)


CASES = {
    "call": compiled(lambda x: x + 1),
    "collatz": scalars(plain.collatz),
    "primes": scalars(plain.primes),
    "mandelbrot": scalars(plain.mandelbrot),
    "lorenz": lorenz,
    "heat": heat,
    "black_scholes": compiled(black_scholes),
    "axpy": compiled(lambda a, x, y: a * x + y),
    "softmax": compiled(lambda x: torch.softmax(x, 1)),
    "distances": compiled(lambda a, b: ((a[:, None, :] - b[None, :, :]) ** 2).sum(2)),
    "matmul.256": compiled(torch.matmul),
    "matmul.1024": compiled(torch.matmul),
}
