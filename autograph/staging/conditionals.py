"""`if` statements and conditional expressions on traced conditions become `cond` nodes."""

import threading

from .. import _core, records, strings
from . import acting, arrays, facts, heaps, joins, lent, lists, origins, places, rollback, rows, trees, truths, values
from .effects import BranchEnds, Leaves, defer
from .journal import UNDEFINED, Attribute, Frame, Items, depth, places_since

Tensor = _core.Tensor
IF = "the condition of `if`"


def truth(value, what=IF):
    """A traced value as a 0-d bool, by Python's rule (zero is false)."""
    if isinstance(value, _core.Variable):
        value = value.value()
    if isinstance(value, trees.Choice):
        flag = value.apply(lambda v: _truth_of_option(truths.of(v), what))
        return flag if isinstance(flag, Tensor) else _core.constant(flag, "bool", (), None)
    if value.alts is not None:
        return _maybe_truth(value, what)
    shape = value.shape
    if shape.rank is None or shape.num_elements() is None:
        raise ValueError(
            f"{_in_words(what)} has shape {shape}; it must have exactly one element, known while tracing. "
            f"Reduce it first, for example with tf.reduce_all or tf.reduce_any.{places.here()}"
        )
    if shape.num_elements() != 1:
        raise ValueError(
            f"{_in_words(what)} is a tensor of shape {shape}; expected to be `tf.bool` scalar (one element). "
            f"Say what is meant with tf.reduce_all or tf.reduce_any.{places.here()}"
        )
    if shape.rank:
        value = _core.op("RESHAPE", [value], {"shape": ()})
    if value.dtype.name == "string":
        value = strings.characters(value)
    return value if value.dtype.name == "bool" else _core.binary("NE", value, 0)


def _in_words(what):
    """What is asked for its truth, as the user's line has it."""
    line = places.here().rpartition("\n")[2].split(maxsplit=1)
    if what == IF and line and line[0] in ("elif", "case"):
        return what.replace("if", line[0])
    return what


def _truth_of_option(value, what):
    return truth(value, what) if isinstance(value, Tensor) else bool(value)


def _maybe_truth(value, what):
    """`if x:` where x is a tensor on some paths and None, undefined or another object on others."""
    result = None
    if value.payload is not None:
        result = truth(value.payload, what)
    for i, alt in enumerate(value.alts):
        if alt is UNDEFINED:
            value = values.defined(value)
            return truth(value, what) if isinstance(value, Tensor) else _core.constant(bool(value), "bool", (), None)
        is_it = _core.binary("EQ", value.tag, values._tag(i + 1))
        if result is None:
            result = _flag(alt, what)
        result = _core.op("SELECT", [is_it, _flag(alt, what), result])
    return result


def _flag(value, what):
    flag = _truth_of_option(truths.of(value), what)
    return flag if isinstance(flag, Tensor) else _core.constant(flag, "bool", (), None)


def _refuse_links(cond, owner, *sides):
    """An object that a branch links to others of its class is part of a chain or a tree, whose form no graph holds."""
    if records.is_record(type(owner)) or not values.is_plain(type(owner)):
        return
    for side in sides:
        if any(type(option) is type(owner) for option in (side._options if isinstance(side, trees.Choice) else (side,))):
            raise rollback.cannot(
                TypeError(f"a traced branch links objects of {type(owner).__name__} to one another: no graph holds a chain or a tree{places.here()}"),
                cond,
            )


DEEPEST = 40  # branches within branches: more are a recursion whose end a traced value decides


def _too_deep(graph):
    """Recursion on a traced number never ends while tracing: the numbers become static, so that Python decides."""
    if rollback.as_python():
        raise rollback.RunAsPython("a traced number decides where a recursion ends", places.here())
    weak = frozenset(i for i, p in enumerate(graph.get_params()) if p.weak)
    if weak:
        raise _core.PinRequired(weak, frozenset(), "the end of a recursion")
    raise RecursionError(f"traced conditions are nested more than {DEEPEST} deep: a recursion does not end while tracing{places.here()}")


class Branch:
    """One traced region: the values its places hold at its end, and what it returned.

    holds: whether cond does where this is what the run does. ended: None, or the class of BranchEnds that says how it is left before
    its end."""

    def __init__(self, graph, cond, fn, slots, holds=True):
        if depth() > DEEPEST and depth() - rests_around() > DEEPEST:
            _too_deep(graph)
        self.region = graph.region_open()
        before = facts.enter(graph, cond, holds)
        try:
            with Frame(slots, cond) as frame, Scope(graph) as scope:
                result = ended = None
                if fn is not None:
                    try:
                        acting.look_through(fn)
                        with facts.Told(fn, graph, before):
                            result = fn()
                    except BranchEnds as e:
                        ended = type(e)
                    except RecursionError:
                        raise
                    except Exception as e:  # static errors are raised when, and only when, the branch is taken
                        rollback.check(e)
                        ended = defer(graph, e)
                result, self.ended = scope.close(result, ended)
                self.result = arrays.parts.left(facts.narrowed(result), None)
        finally:
            facts.leave(graph, before)
            graph.region_close()
        self.frame = frame

    def value(self, key, before):
        if self.ended is BranchEnds:
            return values.NEVER
        return self.frame.after.get(key, before)


# ---- the rest of a body as a branch ------------------------------------------------------------------------


class _Scopes(threading.local):
    def __init__(self):
        self.scopes = []


_local = _Scopes()


class Scope:
    """A body being traced (of a branch, a loop, a `try`) whose rest may become a branch of its own.

    Where the run may leave the body early, `if leaves: ...; else: <all that comes>` begins: what is traced from there on, up to
    the end of the body, is the else branch. close() ends these branches, the innermost first. Use it as a context manager."""

    def __init__(self, graph, places=None, is_test=False):
        """places: of a `try`, which is no staged body: {key: place} of what it changes. is_test: of a loop."""
        self.graph, self.rests, self.is_test = graph, [], is_test
        self.places, self.base = places or {}, depth() - (places is None)
        self.guard = None

    def __enter__(self):
        _local.scopes.append(self)
        return self

    def __exit__(self, kind, error, traceback):
        _local.scopes.pop()
        while self.rests:  # not closed: the trace is given up
            self.rests.pop().end()
        return False

    def leave_if(self, cond, leave):
        """The rest of this body happens where cond, traced, does not hold; where it does, leave() does."""
        slots = list({**self.places, **places_since(self.base)}.values())
        self.rests.append(Rest(self.graph, cond, Branch(self.graph, cond, leave, slots), slots))

    def close(self, result, ended):
        """What the body returns, all ways joined, and how it is left, given that of its last rest."""
        while True:
            if ended is Leaves and self.guard is not None:
                try:
                    result, ended = tries.deal(self.graph, self.guard), None
                except BranchEnds as e:
                    ended = type(e)
            if not self.rests:
                return result, ended
            rest = self.rests.pop()
            rest.result, rest.ended = facts.narrowed(result), ended
            rest.end()
            try:
                result, ended = merge(self.graph, rest.cond, rest.then, rest, True), None
            except BranchEnds as e:
                result, ended = None, type(e)


class Rest:
    """What follows in a body after a point where it may be left: a Branch that is still being traced."""

    value = Branch.value

    def __init__(self, graph, cond, then, slots):
        self.graph, self.cond, self.then = graph, cond, then
        self.region = graph.region_open()
        self.known = facts.enter(graph, cond, False)
        self.frame = Frame(slots, cond).__enter__()

    def end(self):
        self.frame.__exit__(None, None, None)
        facts.leave(self.graph, self.known)
        self.graph.region_close()


def current_scope():
    """The innermost body being traced, or None."""
    return _local.scopes[-1] if _local.scopes else None


def scopes():
    """The bodies being traced, the innermost last."""
    return _local.scopes


def rests_around():
    return sum(len(scope.rests) for scope in _local.scopes)


APART = "apart"


def merge(graph, cond, then, orelse, results=False):
    """Ends both branches with values of common types, adds the node, and puts its outputs into the places.

    Returns the merged result of the branches when `results`; APART: its leaves keep their own dtypes and ranks, see trees.apart."""
    places_ = {**then.frame.before, **orelse.frame.before}
    items = []
    for key, (slot, before) in places_.items():
        a, b = then.value(key, before), orelse.value(key, before)
        a, b = (values.NEVER if v is before and values.is_dead(graph, v) else v for v in (a, b))
        if (a is values.NEVER and b is before) or (b is values.NEVER and a is before):  # the branch that goes on has left it alone: a list is the same list
            a = b = before
        items.append((slot, slot.name, trees.leaf_of(a), trees.leaf_of(b)))
    if results:
        a = values.NEVER if then.ended else then.result
        b = values.NEVER if orelse.ended else orelse.result
        items.append((None, "the returned value", trees.leaf_of(a), trees.leaf_of(b)))

    def keeps(slot, *sides):
        if "mixed" in graph.extra or isinstance(slot, Items) or any(isinstance(x, (trees.Choice, list)) for x in sides):
            return True
        return slot is None and results is APART

    sources, merged = {}, {}  # lists and arrays of either side, what they became
    pairs, chosen = {}, twins.Choosing(cond)  # the values of either side, and of what they were made
    forms, kinds, left, right, names, same, owned = [], [], [], [], [], [], []
    for slot, name, a, b in items:
        la, lb = [], []
        if a is not b:
            a, b = arrays.parts.together(a, b, isinstance(slot, Items))
            a, b = arrays.parts.copied(a, b, then.frame.after), arrays.parts.copied(b, a, orelse.frame.after)
        if a is b or (a is not values.NEVER and b is not values.NEVER and not values.is_number(a) and values.same_static(a, b)):
            forms.append(("same", a))
            continue
        if a is values.NEVER or b is values.NEVER:
            live, branch = (b, orelse) if a is values.NEVER else (a, then)
            was = {}
            live = branch.frame.settle(live, was)
            sources[len(forms)] = (_origins(live, was),) * 2
            form = values.flatten(live, la)
            lb = [values.NEVER] * len(la)
            if a is values.NEVER:
                la, lb = lb, la
            pairs[len(forms)] = (values.NEVER, live) if a is values.NEVER else (live, values.NEVER), (was, was)
        else:
            if isinstance(slot, Attribute):
                _refuse_links(cond, slot.owner, a, b)
            was = {}, {}
            a, b = values.keep_whole(a, b, then.frame.after.keys() | orelse.frame.after.keys(), was)
            a, b = then.frame.settle(a, was[0]), orelse.frame.settle(b, was[1])
            sources[len(forms)] = _origins(a, was[0]), _origins(b, was[1])
            if isinstance(a, Tensor) != isinstance(b, Tensor):  # an array on one side, a tensor on the other
                a, b = (trees.as_array(x) if isinstance(x, Tensor) and isinstance(y, arrays.Array) else x for x, y in ((a, b), (b, a)))
            form, form_b = values.flatten(a, la), values.flatten(b, lb)
            if form != form_b:
                heaps.agree(a, b)
            if form != form_b and isinstance(slot, Items) and isinstance(slot.box, list):
                form, la, lb = _stage_items(graph, cond, then, orelse, a, b)
            elif form != form_b and isinstance(a, lists.TracedList) and isinstance(b, lists.TracedList):
                form, la, lb = _stage_items(graph, cond, then, orelse, a.now(), b.now(), lists.holding)
            elif form != form_b or any(map(trees.apart if keeps(slot, a, b) else trees.mixed, la, lb)):
                returned = slot is None or name.startswith("value_L")
                absent = bool(values.boxes(a)) != bool(values.boxes(b)) or any(isinstance(v, trees.Choice) for v in (a, b))
                pair = trees.unify(a, b, lists=returned or absent, items=keeps(slot, a, b))
                if pair is None:
                    arrays.parts.copy_those_of(a, b)
                    heaps.learn(lists_of(a, b), *lists_apart(a, b))
                    _seek_state(slot, a, b)
                    _refuse_structure(cond, name, a, b)
                if any(len(values.boxes(side)) != len(known) for side, known in zip(pair, sources[len(forms)])):  # they are options
                    sources[len(forms)] = _origins(pair[0], was[0]), _origins(pair[1], was[1])
                la, lb = [], []
                form = values.flatten(pair[0], la)
                values.flatten(pair[1], lb)
                for side, wider, known in zip((a, b), pair, was):
                    twins.in_place_of(side, wider, known)
                a, b = pair
            pairs[len(forms)] = (a, b), was
        forms.append(("merged", form, len(la), name))
        for x, y in zip(la, lb):
            same.append(x is y)
            left.append(x)
            right.append(y)
            names.append(name)
            kinds.append(None if x is y else _join(cond, name, x, y))
            owned.append(None if x is y else lent.either(lent.lender_of(x), lent.lender_of(y)))

    def close(branch, leaves):
        graph.region_reopen(branch.region)
        try:
            out = []
            for leaf, kind in zip(leaves, kinds):
                if kind is not None:
                    out += values.to_kind(leaf, kind)
        finally:
            graph.region_close()
        graph.region_results(branch.region, out)

    close(then, left)
    close(orelse, right)
    outs = iter(graph.add_cond(cond, then.region, orelse.region))
    leaves = [x if kind is None else values.from_kind(kind, outs, n) for x, kind, n in zip(left, kinds, names)]
    for leaf, lender, x, y in zip(leaves, owned, left, right):
        lent.note(leaf, lender)
        joins.note_branches(graph, leaf, cond, x, y)
    leaves = iter(leaves)
    result = None
    for i, ((slot, *_), form) in enumerate(zip(items, forms)):
        value = form[1] if form[0] == "same" else values.unflatten(form[1], leaves)
        if form[0] != "same":
            merged[i] = values.boxes(value)  # before unwrap: what is whole has not become another
            value = values.unwrap(value)
            if not isinstance(value, Tensor):
                chosen.note(value, *pairs[i])
        value = trees.of_objects(value) if slot is None else trees.named(trees.of_objects(value), slot.name)
        if slot is None:
            result = value
        elif value is not values.NEVER or not isinstance(slot, Items):  # where no side goes on there are no contents
            if isinstance(slot, Items):
                value = _contents(slot, value) if type(value) is trees.Choice else value
                _refuse_older_list(slot, value)
            slot.set(value)
    _link(sources, merged)
    if then.ended and orelse.ended:
        raise orelse.ended if then.ended is BranchEnds else then.ended
    return result


def _refuse_older_list(slot, value):
    """A list from outside cannot hold items of which only the run knows how many there are."""
    if type(slot.box) is list and not isinstance(value, (tuple, list)):
        raise rollback.cannot(
            TypeError(
                f"{slot.name} gets items in a traced branch, and was made outside of the function: how many it holds must be known while "
                f"tracing. Make the list inside, and return it{places.here()}"
            )
        )


def _contents(slot, choice):
    """Which contents of a dict or set the run takes, as a Python number says it: TypeError where a tensor does."""
    try:
        return choice._static()
    except TypeError:
        kind = type(slot.box).__name__
        every = [option for option in choice._options if isinstance(option, dict)]
        keys = [*dict.fromkeys(key for option in every for key in option if not all(key in one for one in every))]
        what = f"{', '.join(map(repr, keys[:3]))}{', ...' if keys[3:] else ''}" if keys else "its keys in another order"
        raise rollback.cannot(
            TypeError(
                f"the {kind} has {what} at the end of one branch only, and a tensor decides which is taken: what is in it must be known while "
                f"tracing. {_KEYS_REMEDY if kind == 'dict' else _SET_REMEDY}{places.here()}"
            )
        ) from None


_KEYS_REMEDY = "Give it the key in both branches, with None where there is no value (`d.get(k) is None` asks for it then), or use a variable"
_SET_REMEDY = "Keep a flag for each value (`has_b = x > 0`), or a tensor of them"


def _origins(value, was):
    """The lists and arrays in a value that Frame.settle gave, each as the one that the code has: `was` by the id of what was made."""
    return [was.get(id(box), box) for box in values.boxes(value)]


def _link(sources, merged):
    """Lists and arrays that branches chose are what they were chosen from, and each other where one side gave both."""
    became = {}  # (side, id of a list): what may be that one now; it may be gone, and with it the link to it
    before = {id(box): box._links for i in merged for side in sources[i] for box in side}
    for i, results in merged.items():
        for at, side in enumerate(sources[i]):
            for box, new in zip(side, results):
                arrays.share_sites(new, box)
                new._stale = new._stale or box._stale
                others = [other for other in (link() for link in before[id(box)]) if other is not None]
                for one in (box, *others):
                    twins = became.setdefault((at, id(one)), [])
                    for known in (*twins, *([one] if one._born <= depth() else [])):
                        arrays.link_once(known, new)
                    twins.append(new)


def _stage_items(graph, cond, then, orelse, a, b, wrap=lambda items: items):
    """A list whose length differs between the branches: staged in both. wrap: what holds the items."""
    held = [x for v in (a, b) if type(v) is tuple for x in v]
    row = lists.item_row(held, "the list", cond)
    for v in (a, b):
        if isinstance(v, lists.StagedItems):
            row = v.row if row is None else rows.join(row, v.row, lambda p, q: lists.refuse("the list", p, q, cond))
    sides = []
    for branch, v in ((then, a), (orelse, b)):
        graph.region_reopen(branch.region)
        try:
            staged = lists.stage(v, row)
        finally:
            graph.region_close()
        leaves = []
        form = values.flatten(wrap(staged), leaves)
        sides.append(leaves)
    return form, *sides


def lists_apart(a, b):
    """The pairs of lists at one place of two structures, where one form does not hold both."""
    if isinstance(a, lists.TracedList) and isinstance(b, lists.TracedList):
        if values.flatten(a, []) != values.flatten(b, []):
            yield a, b
    elif type(a) is type(b):
        keyed = type(a) is dict
        parts = [twins.parts_of(side) for side in (a, b)]
        if len(parts[0]) == len(parts[1]) and not (keyed and list(a) != list(b)):
            for x, y in zip(*parts):
                yield from lists_apart(x, y)


def lists_of(*sides):
    """The lists that a value of these sides may be, where it is nothing else but None, or there are lists of several kinds of items."""
    options = [option for side in sides for option in (side._options if isinstance(side, trees.Choice) else (side,))]
    found = [option for option in options if isinstance(option, lists.TracedList)]
    others = [option for option in options if not isinstance(option, lists.TracedList)]
    if "mixed" in _core.current_graph().extra:
        return found
    return found if all(option is None or option is values.UNDEFINED or option is values.NEVER for option in others) else []


def _join(cond, name, x, y):
    def refuse(a, b):
        if a.dtype != b.dtype:
            error = TypeError(
                f"'{name}' has dtype {a.dtype} in the main branch, but dtype {b.dtype} in the else branch; "
                f"cast one of them, for example with tf.cast(..., tf.{a.dtype}).{origins.of_branches(name)}"
            )
        else:
            error = ValueError(
                f"'{name}' has shape {a.shape} in the main branch, but shape {b.shape} in the else branch: "
                f"the ranks must agree. Reshape one of them, for example with tf.expand_dims.{origins.of_branches(name)}"
            )
        raise rollback.cannot(error, cond)

    return values.join(values.kind_of(x), values.kind_of(y), refuse)


def _seek_state(slot, a, b):
    """Where one branch leaves a place with an older NumPy array, and the other with one of the trace."""
    from . import states

    for before, value in ((a, b), (b, a)):
        if isinstance(value, arrays.Array):
            states.found(slot, before)


def _refuse_structure(cond, name, a, b):
    error = TypeError(
        f"'{name}' must have the same nested structure in the main and else branches, but it is "
        f"{places.kind_of(a)} in one and {places.kind_of(b)} in the other: "
        f"give it the same structure in both, or use two variables.{origins.of_branches(name)}"
    )
    raise rollback.cannot(error, cond)


def staged_if(graph, cond, then_fn, else_fn, slots, results=False):
    cond = truth(cond)
    then = Branch(graph, cond, then_fn, slots)
    orelse = Branch(graph, cond, else_fn, slots, False)
    result = merge(graph, cond, then, orelse, results)
    tries.go_on(graph)
    return result


from . import tries, twins  # noqa: E402 - what they catch leaves branches; they are followed in branches
