"""RNN, GRU and LSTM: a loop over time, recorded as while_loop, for each direction."""

from ... import _core, api, control_flow, nn
from ...autograph import experimental
from ..nodes import known, op

FORWARD = ("forward", "reverse", "bidirectional")


def activation(node, name, alpha, beta):
    """An activation by the name that the attribute activations uses."""
    a = lambda default: default if alpha is None else alpha  # noqa: E731
    b = lambda default: default if beta is None else beta  # noqa: E731
    table = {
        "relu": nn.relu,
        "tanh": api.tanh,
        "sigmoid": api.sigmoid,
        "affine": lambda x: x * a(1.0) + b(0.0),
        "leakyrelu": lambda x: api.where(x < 0, x * a(0.01), x),
        "thresholdedrelu": lambda x: api.where(x > a(1.0), x, api.zeros((), x.dtype)),
        "scaledtanh": lambda x: a(1.0) * api.tanh(b(1.0) * x),
        "hardsigmoid": lambda x: api.clip_by_value(a(0.2) * x + b(0.5), 0.0, 1.0),
        "elu": lambda x: api.where(x > 0, x, a(1.0) * api.expm1(api.minimum(x, 0.0))),
        "softsign": nn.softsign,
        "softplus": nn.softplus,
    }
    if name.lower() not in table:
        raise node.wrong(f"there is no activation {name!r}")
    return table[name.lower()]


def scan_rows(step, state, rows, n):
    """state = step(*state, *row) for each of n rows; the states at the end and the first of each
    step, stacked."""
    graph = _core.current_graph()
    symbolic = any(v.is_symbolic for v in (*state, *rows))
    if graph is None or not symbolic or n < 2:
        seen = []
        for i in range(n):
            state = step(*state, *[r[i] for r in rows])
            seen.append(state[0])
        return state, api.stack(seen) if seen else api.zeros((0, *tuple(state[0].shape)))
    first = state[0]
    buffer = api.fill((n, *tuple(first.shape)), api.cast(0, first.dtype))

    @experimental.do_not_convert
    def test(i, state, buffer):
        return i < n

    @experimental.do_not_convert
    def body(i, state, buffer):
        state = step(*state, *[_core.op("ELEMENT", [r, i]) for r in rows])
        return i + 1, tuple(state), _core.op("SET_ELEMENT", [buffer, state[0], i])

    start = (_core.capture(known(0, "int64")), tuple(state), buffer)
    _, state, buffer = control_flow.while_loop(test, body, start)
    return state, buffer


class Recurrent:
    """What the three have in common: the attributes, and the loop over time for each direction."""

    def __init__(self, node, gates, per_direction, defaults):
        self.node, self.gates = node, gates
        self.direction = node.choice("direction", "forward", FORWARD)
        count = 2 if self.direction == "bidirectional" else 1
        names = node.attr("activations") or list(defaults) * count
        alphas, betas = node.attr("activation_alpha") or [], node.attr("activation_beta") or []
        if len(names) != per_direction * count:
            raise node.wrong(f"{len(names)} activations were given, not {per_direction * count}")
        takes_alpha = {"affine", "leakyrelu", "thresholdedrelu", "scaledtanh", "hardsigmoid", "elu"}
        takes_beta = {"affine", "scaledtanh", "hardsigmoid"}
        alphas, betas, made = iter(alphas), iter(betas), []
        for name in names:
            alpha = next(alphas, None) if name.lower() in takes_alpha else None
            beta = next(betas, None) if name.lower() in takes_beta else None
            made.append(activation(node, name, alpha, beta))
        self.activations = [made[i * per_direction : (i + 1) * per_direction] for i in range(count)]
        self.limit = node.attr("clip")
        self.count = count
        self.batch_first = bool(node.attr("layout", 0))

    def clip(self, x):
        """x within the limit that the attribute clip names."""
        return x if self.limit is None else api.clip_by_value(x, -self.limit, self.limit)

    def run(self, x, lengths, states, make_step):
        """(Y, [the last states]): states are [directions, batch, hidden] each, or None."""
        if self.batch_first:
            x = api.transpose(x, [1, 0, 2])
            states = [None if s is None else api.transpose(s, [1, 0, 2]) for s in states]
        time, batch, _ = self.node.known_dims(x)
        hidden = self.hidden
        outputs, last = [], []
        for d in range(self.count):
            backwards = self.direction == "reverse" or d == 1
            first = [api.zeros((batch, hidden), x.dtype) if s is None else s[d] for s in states]
            rows = [self._reversed(x, lengths, time, batch) if backwards else x]
            step = make_step(d, self.activations[d])
            if lengths is not None:
                alive = api.cast(api.range(time), lengths.dtype)[:, None] < lengths[None, :]
                rows.append(alive)
                step = self._held(step)
            end, seen = scan_rows(step, first, rows, time)
            if lengths is not None:
                seen = api.where(alive[:, :, None], seen, api.zeros((), x.dtype))
            if backwards:
                seen = self._reversed(seen, lengths, time, batch)
            outputs.append(seen)
            last.append(end)
        y = api.stack(outputs, axis=1)
        ends = [api.stack([e[i] for e in last], axis=0) for i in range(len(states))]
        if self.batch_first:
            y = api.transpose(y, [2, 0, 1, 3])
            ends = [api.transpose(e, [1, 0, 2]) for e in ends]
        return (y, *ends)

    def _held(self, step):
        def held(*values):
            old, (x, alive) = values[:-2], values[-2:]
            new = step(*old, x)
            return tuple(api.where(alive[:, None], n, o) for n, o in zip(new, old))

        return held

    def _reversed(self, x, lengths, time, batch):
        if lengths is None:
            return api.reverse(x, [0])
        from ... import arrays

        i = api.cast(api.range(time), "int64")[:, None]
        n = api.cast(lengths, "int64")[None, :]
        at = api.where(i < n, n - 1 - i, i + n * 0)
        column = api.cast(api.range(batch), "int64")[None, :] + at * 0
        return arrays.gather_nd(x, api.stack([at, column], axis=2))


def _weights(cell, w, r, b, gates):
    """W and R transposed and the biases, by direction."""
    cell.hidden = cell.node.known_dims(r, 2)[-1]
    if cell.node.known_dims(w, 1)[1] != gates * cell.hidden:
        raise cell.node.wrong(f"W has the shape {w.shape} for {cell.hidden} hidden units")
    if b is None:
        b = api.zeros((cell.count, 2 * gates * cell.hidden), w.dtype)
    return w, r, b


def _parts(x, n, hidden):
    return [x[..., i * hidden : (i + 1) * hidden] for i in range(n)]


@op("RNN")
def rnn(node, x, w, r, b=None, lengths=None, h=None):
    cell = Recurrent(node, 1, 1, ["Tanh"])
    w, r, b = _weights(cell, w, r, b, 1)

    def make_step(d, fns):
        wt, rt = api.transpose(w[d]), api.transpose(r[d])
        bias = b[d, : cell.hidden] + b[d, cell.hidden :]

        def step(h, x):
            return (fns[0](cell.clip(api.matmul(x, wt) + api.matmul(h, rt) + bias)),)

        return step

    return cell.run(x, lengths, [h], make_step)


@op("GRU")
def gru(node, x, w, r, b=None, lengths=None, h=None):
    cell = Recurrent(node, 3, 2, ["Sigmoid", "Tanh"])
    w, r, b = _weights(cell, w, r, b, 3)
    late = bool(node.attr("linear_before_reset", 0))

    def make_step(d, fns):
        n = cell.hidden
        wt, rt = api.transpose(w[d]), api.transpose(r[d])
        bias_w, bias_r = b[d, : 3 * n], b[d, 3 * n :]

        def step(h, x):
            of_x = api.matmul(x, wt) + bias_w
            zx, rx, hx = _parts(of_x, 3, n)
            of_h = api.matmul(h, rt[:, : 2 * n]) + bias_r[: 2 * n]
            zh, rh = _parts(of_h, 2, n)
            z, reset = fns[0](cell.clip(zx + zh)), fns[0](cell.clip(rx + rh))
            if late:
                new = hx + reset * (api.matmul(h, rt[:, 2 * n :]) + bias_r[2 * n :])
            else:
                new = hx + api.matmul(reset * h, rt[:, 2 * n :]) + bias_r[2 * n :]
            return ((1 - z) * fns[1](cell.clip(new)) + z * h,)

        return step

    return cell.run(x, lengths, [h], make_step)


@op("LSTM")
def lstm(node, x, w, r, b=None, lengths=None, h=None, c=None, p=None):
    cell = Recurrent(node, 4, 3, ["Sigmoid", "Tanh", "Tanh"])
    w, r, b = _weights(cell, w, r, b, 4)
    coupled = bool(node.attr("input_forget", 0))

    def make_step(d, fns):
        n = cell.hidden
        wt, rt = api.transpose(w[d]), api.transpose(r[d])
        bias = b[d, : 4 * n] + b[d, 4 * n :]
        peep_i, peep_o, peep_f = _parts(p[d], 3, n) if p is not None else (None,) * 3

        def peep(gate, weights, c):
            return gate if weights is None else gate + weights * c

        def step(h, c, x):
            i, o, f, g = _parts(api.matmul(x, wt) + api.matmul(h, rt) + bias, 4, n)
            i = fns[0](cell.clip(peep(i, peep_i, c)))
            f = 1 - i if coupled else fns[0](cell.clip(peep(f, peep_f, c)))
            new = f * c + i * fns[1](cell.clip(g))
            o = fns[0](cell.clip(peep(o, peep_o, new)))
            return o * fns[2](new), new

        return step

    return cell.run(x, lengths, [h, c], make_step)
