"""`while` and `for` on traced values become `while_loop` nodes.

The types of the loop variables are found by tracing the body until they hold still: a weak int that becomes a float is a float
from the start, a dimension that changes is unknown, a None that becomes a tensor is a value that may be absent.
"""

import collections.abc

from .. import _core, strings
from . import acting, arrays, deques, guards, heaps, iterators, joins, journal, lent, lists, origins, places, rollback, rows, states, tensor_arrays, trees, tries, truths, twins, values
from .conditionals import Scope, lists_apart, lists_of, staged_if, truth
from .effects import BranchEnds, defer, staged_raise
from .journal import Frame, Hidden

ROUNDS = 12
Tensor = _core.Tensor


class _Var:
    """One place carried by a loop: its form and the kinds of its leaves."""

    def __init__(self, slot, value, key, options=None):
        self.slot, self.initial, self.key = slot, value, key  # key: of the loop
        self.older = ()  # values at the end of the body with dicts or dataclasses of before the loop
        self.origins = ()  # values whose lists and arrays its own may be one with
        self.grows = False  # whether what is known of it changed in the last round
        self.twins = set()  # (number of its box, key of another place, number of that one's box): may be one
        self.links = {}  # id of a list or array of these: what else it may have been before the loop
        self.stale = {}  # number of a box: where a list that it may be was changed under another name
        self.wholes = {}  # id of a list that stays one object in a list or dict: its Whole
        self.options = options
        self.remake = None  # makes the initial value in a new form: before each try, since a try's nodes are undone
        self._note_stale(value)
        self._take(value, opened=False)

    def _note_stale(self, value):
        for k, box in enumerate(() if isinstance(self.slot, journal.Items) else values.boxes(value)):
            if box._stale is not None:
                self.stale.setdefault(k, box._stale)

    def prepare(self):
        if self.remake is None:
            return
        form, found, owned, bools = self.form, self.kinds, self.lent, self.tensor_bools
        self._take(self.remake(), opened=True)
        if self.form == form:
            self.lent = lent.joined(owned, self.lent)
            self.tensor_bools |= bools
            self.kinds = [values.join(a, b, self._refuse) for a, b in zip(found, self.kinds)]

    def _take(self, value, opened):
        """A list or dict made in this trace is one object, changed through the journal, until the loop rebinds its name."""
        self.leaves, self.example = [], value
        is_object = isinstance(value, (lists.TracedList, arrays.Array)) or journal.is_made(value)
        if not opened and is_object and not heaps.is_inner(value):
            self.form = None
            self.leaves.append(value)
        elif type(value) is arrays.Array:  # what the loop does to it may have made it stale since
            self.form = values.flatten(arrays.Array(value._now), self.leaves)
            self.origins = self.origins or (value if isinstance(self.initial, arrays.View) else self.initial,)
        elif type(value) is lists.TracedList and not heaps.is_inner(value):
            self.form = values.flatten(lists.holding(value.now()), self.leaves)
            self.origins = self.origins or (self.initial,)
        else:
            self.form = values.flatten(self.whole(value), self.leaves)
            if not self.origins and not isinstance(self.slot, journal.Items) and values.boxes(value):
                self.origins = (value,)
        self.kinds = [self._declared(v, values.kind_of(v)) for v in self.leaves]
        self.tensor_bools = {k for k, v in enumerate(self.leaves) if values.is_tensors_bool(v)}
        self.lent = lent.lenders(self.leaves)

    def new_bools(self, leaves):
        """Notes which leaves at the end of the body are bools of tensors. True when that was not known."""
        before = len(self.tensor_bools)
        self.tensor_bools |= {k for k, v in enumerate(leaves) if values.is_tensors_bool(v)}
        return len(self.tensor_bools) != before

    def new_lent(self, leaves):
        """Notes which leaves at the end of the body may be the caller's arrays. True when that was not known."""
        before, self.lent = self.lent, lent.joined(self.lent, lent.lenders(leaves))
        return self.lent != before

    def _lend(self, leaves):
        for k, lender in self.lent.items():
            if k < len(leaves):
                lent.note(leaves[k], lender)

    def _declared(self, leaf, kind):
        """The kind with the shape that set_loop_options(shape_invariants=...) gives it."""
        if self.options is None or not self.options.invariants or not isinstance(kind, values.Kind):
            return kind
        try:
            return values.Kind(kind.dtype, kind.weak, self.options.shape_for(leaf))
        except KeyError:
            return kind

    def _keeps_declared(self, kinds):
        for leaf, old, new in zip(self.leaves, self.kinds, kinds):
            if isinstance(new, values.Kind) and isinstance(old, values.Kind) and old.shape != new.shape:
                try:
                    shape = self.options.shape_for(leaf)
                except KeyError:
                    continue
                raise ValueError(
                    f"'{self.slot.name}' has shape {new.shape} after one iteration, which does not conform with the shape invariant "
                    f"{shape} of set_loop_options.{places.here()}"
                )

    def params(self, graph, made, like=None):
        """Region parameters for the leaves, as the place's value in this region; appended to `made`.

        like: the parameters of the loop's other region, whose unknown dimensions are the same ones."""
        leaves = [_param(graph, kind, self.slot.name, made, like) for kind in self.kinds]
        for k in self.tensor_bools:
            if isinstance(leaves[k], Tensor) and leaves[k].alts is None:
                values.tensors_bool(leaves[k], at_first=k >= len(self.leaves) or values.is_tensors_bool(self.leaves[k]))
        self._lend(leaves)
        return self._twinned(self._linked(values.unflatten(self.form, iter(leaves))))

    def _twinned(self, value):
        """Notes which dicts and dataclasses of before the loop those of the value may be."""
        if self.form is not None and not isinstance(self.slot, journal.Items):
            twins.own(value)
            twins.may_be(value, (self.initial, *self.older))
        return trees.named(trees.of_objects(value), self.slot.name)

    def whole(self, value):
        """The contents of a list or dict, the lists in it as objects: those keep a journal of their own."""
        if not isinstance(self.slot, journal.Items):
            return value
        items = value.items() if type(value) is dict else enumerate(value) if type(value) is tuple else ()
        made = {k: self.wholes.setdefault(id(v), values.Whole(v)) if values.is_box(v) else v for k, v in items}
        return made if type(value) is dict else tuple(made.values()) if type(value) is tuple else value

    def _linked(self, value):
        if self.form is not None:
            for origin in self.origins:
                for box, new in zip(values.boxes(origin), values.boxes(value)):
                    arrays.link_to(new, box, self.links.setdefault(id(box), box._links))
            for k, new in enumerate(values.boxes(value)):
                new._stale = self.stale.get(k)
        return values.unwrap(value) if self.wholes else value

    def note(self, end, found, started):
        """Which lists and arrays those at the end of the body may be. True when that was not known."""
        if isinstance(self.slot, journal.Items):
            return False
        before = len(self.origins), len(self.twins), len(self.stale), len(self.older)
        if twins.has_older(end, (self.initial, *self.older)):
            self.older = (*self.older, end)
        if self.form is None:
            return before[-1] != len(self.older)
        self._note_stale(end)
        known = [id(box) for origin in self.origins for box in values.boxes(origin)]
        for k, box in enumerate(values.boxes(end)):
            if box._born <= journal.depth() and id(box) not in known:
                self.origins = (*self.origins, end)
            for older in _older_than_it(box):  # that a branch of the body chose
                if id(older) not in known:
                    known.append(id(older))
                    others = [lists.TracedList() for _ in values.boxes(end)]
                    self.origins = (*self.origins, (*others[:k], older, *others[k + 1 :]))
            other = started.get(id(box))
            if other is not None and other is not self:  # what was another place's at the start of the body
                fresh = [v for v in other.origins if not any(v is mine for mine in self.origins)]
                self.origins = (*self.origins, *fresh)
            places_of_it = found.setdefault(id(box), [])
            for one in (box, *[other() for other in box._links]):  # and what it may be
                self.twins.update((k, place, j) for place, j in found.get(id(one), ()))
            places_of_it.append((self.slot.key, k))
        return before != (len(self.origins), len(self.twins), len(self.stale), len(self.older))

    def carry(self, leaves):
        return [t for leaf, kind in zip(leaves, self.kinds) for t in values.to_kind(leaf, kind)]

    def restore(self, outs):
        made = [values.from_kind(kind, outs, self.slot.name) for kind in self.kinds]
        self._lend(made)
        self.slot.set(self._twinned(self._linked(values.unflatten(self.form, iter(made)))))

    @property
    def _holds_items(self):
        return isinstance(self.slot, journal.Items) or isinstance(self.example, list)

    def _unified(self, value):
        """The example of this place and a value at the end of the body in one form, or None."""
        items = self._holds_items or "mixed" in _core.current_graph().extra
        returned = self.slot.name.startswith("value_L")
        return trees.unify(self.example, value, lists=returned, grow=False, items=items)

    def _as_number(self, value):
        """Of a place that starts as one number, a choice among numbers is one: int -> float. Not beside lists of several kinds."""
        keeps = isinstance(self.example, trees.Choice) or "mixed" in _core.current_graph().extra
        return value if keeps else trees.collapsed(value)

    def widen(self, value):
        """Joins the kinds with those of a value at the end of the body. True when something changed."""
        if value is values.NEVER or (self.form is None and value is self.initial):
            return False
        leaves = []
        form = values.flatten(self.fit(self.whole(value)), leaves)
        apart = any(map(trees.apart if self._holds_items else trees.bool_beside_number, self.leaves, leaves))
        fresh = self.form is None and isinstance(self.initial, arrays.Array) and isinstance(value, Tensor)
        if form != self.form or apart or fresh:  # fresh: another array in the place of one that the loop did not change
            return self._widen_form(value, form)
        others = [(k.value, x) for x, k in zip(leaves, self.kinds) if type(x) is values.Whole and k != values.Static(x)]
        if others:
            for pair in others:
                heaps.learn([whole.box for whole in pair if type(whole) is values.Whole and arrays.may_be_named(whole.box)])
            error = TypeError(f"a list or dict holds other lists after one iteration of this loop{places.here()}")
            raise rollback.cannot(error, *self._deciders())
        kinds = [values.join(a, values.kind_of(b), self._refuse) for a, b in zip(self.kinds, leaves)]
        changed = kinds != self.kinds
        if changed and self.options is not None and self.options.invariants:
            self._keeps_declared(kinds)
        self.kinds = kinds
        return changed

    def with_parts(self, end):
        """(A value at the end of the body with its parts of arrays in the form of the place, whether that has become wider)."""
        if isinstance(self.slot, journal.Items) or end is values.NEVER or end is self.initial:
            return end, False
        example = self.initial if self.form is None else self.example
        mine, end = arrays.parts.together(example, end)
        if mine is not example:
            before = self.remake or (lambda: self.initial)
            self.remake = lambda: arrays.parts.together(before(), end)[0]
        return end, mine is not example

    def fit(self, value):
        """A value at the end of the body, in the form of the place: a structure or None as what may be either."""
        if isinstance(self.example, arrays.Array) and self.form is not None and isinstance(value, Tensor):
            return trees.as_array(value)
        value = self._as_number(value)
        if self.form is None or value is values.NEVER:
            return value
        leaves = []
        if values.flatten(value, leaves) == self.form and not (trees.has_choice(self.form) and any(map(trees.apart, self.leaves, leaves))):
            return value  # and its options are in the same order
        pair = self._unified(value)
        return pair[1] if pair is not None and values.flatten(pair[0], []) == self.form else value

    def _widen_form(self, value, form):
        if isinstance(self.initial, arrays.View) and self.form is None and not isinstance(self.slot, journal.Items):
            self.remake = lambda: arrays.alone(self.initial, None)
            return True
        heaps.agree(self.initial, value)
        before, value = self.initial, self._as_number(value)
        if isinstance(value, arrays.Array):
            states.found(self.slot, self.initial)
        if isinstance(self.example, Tensor) and isinstance(value, arrays.Array):  # which other names may show
            self.example = trees.as_array(self.example)
        pair = self._unified(value)
        if pair is not None:
            self.remake = lambda: pair[0]
            leaves = []
            self.form = values.flatten(pair[1], leaves)
            self.kinds = [values.kind_of(v) for v in leaves]
            return True
        if isinstance(self.slot, journal.Items) and type(self.slot.box) is list:  # not of this trace
            raise rollback.cannot(
                TypeError(
                    "a list that was made outside the function changes its length in a traced loop, which cannot be recorded: "
                    f"make it inside and return it{origins.of_loop(self.slot.name)}"
                )
            )
        if isinstance(self.slot, journal.Items) and isinstance(self.slot.box, list):
            row = self._joined(before, value)
            self.remake = lambda: lists.stage(before, row)
            return True
        if isinstance(before, tensor_arrays.TensorArray) and isinstance(value, tensor_arrays.TensorArray):
            self.remake = lambda: before._like(value)
            return True
        if isinstance(before, arrays.Array) and self.form is None and isinstance(value, (arrays.Array, Tensor)):
            self._take(before, opened=True)
            return True
        if isinstance(before, (lists.TracedList, dict)) and self.form is None and isinstance(value, (list, dict)):
            self._take(before, opened=True)
            if self.form == form:
                return True
        if isinstance(before, lists.TracedList) and isinstance(value, lists.TracedList):
            row = self._joined(before.now(), value.now())
            if row is not None:
                self.remake = lambda: lists.holding(lists.stage(before.now(), row))
                return True
        arrays.parts.copy_those_of(before, value)
        heaps.learn(lists_of(before, value), *lists_apart(before, value))
        error = TypeError(
            f"'{self.slot.name}' must have the same nested structure before the loop and after one iteration, but "
            f"it is {places.kind_of(self.initial)} before and {places.kind_of(value)} after. "
            f"Keep its structure, or collect what grows in a list with append.{origins.of_loop(self.slot.name)}"
        )
        raise rollback.cannot(error, *self._deciders())

    def _joined(self, *contents):
        """The Row of the items of all contents; None when there are no items."""
        row = lists.item_row([x for items in contents if type(items) is tuple for x in items], "the list", *self._deciders())
        for items in contents:
            if isinstance(items, lists.StagedItems):
                row = items.row if row is None else rows.join(row, items.row, self._refuse_items)
        return row

    def staged(self, value):
        """A list that the body has made, as its variable carries it: staged, in the current region."""
        if self.form is None or self.form[0] != "grown" or type(value) is not lists.TracedList or heaps.is_inner(value):
            return value
        mine = self.form[1][1]
        row = self._joined(value.now())
        if row is not None and not mine.holds(row):
            return value
        return lists.holding(lists.stage(value.now(), mine))

    def _deciders(self):
        return () if self.key is None else (self.key,)

    def _refuse_items(self, a, b):
        lists.refuse("the list", a, b, *self._deciders())

    def _refuse(self, a, b):
        if a.dtype != b.dtype:
            error = TypeError(
                f"'{self.slot.name}' has dtype {a.dtype} before the loop, but dtype {b.dtype} after one iteration; "
                f"start it with that dtype, or cast it in the loop with tf.cast.{origins.of_loop(self.slot.name)}"
            )
        else:
            error = ValueError(
                f"'{self.slot.name}' has shape {a.shape} before the loop, but shape {b.shape} after one iteration: the rank of "
                f"a loop variable must stay the same. To collect values, append them to a list and tf.stack it after the loop."
                f"{origins.of_loop(self.slot.name)}"
            )
        raise rollback.cannot(error, *self._deciders())


def _older_than_it(box):
    """The lists and arrays from before the loop that one which its body has made may be."""
    if not isinstance(box, (list, arrays.Array)) or box._born <= journal.depth():
        return []
    found = [other() for other in box._links]
    return [other for other in found if isinstance(other, (list, arrays.Array, heaps.Heap)) and other._born <= journal.depth()]


def _param(graph, kind, name, made, like):
    def param(kind):
        made.append(graph.region_param((kind.dtype, kind.shape, kind.weak) if like is None else next(like)))
        return made[-1]

    if kind is values.NEVER:
        return kind
    if isinstance(kind, values.Static):
        return kind.value
    if isinstance(kind, values.Kind):
        return param(kind)
    tag = param(values.Kind("int32", False, ()))
    return _core.maybe(tag, None if kind.payload is None else param(kind.payload), kind.alts, name)


def staged_loop(graph, slots, test, body, options=None):
    """Traces `while test(): body()`; slots are the places it declares. Afterwards they hold the loop's results."""
    tries.leave_interrupts_to_python(graph)
    loops = graph.extra.get("loops")
    key = loops[-1] if loops else None
    variables = {slot.key: _Var(slot, slot.get(), key, options) for slot in slots}
    declared = set(variables)
    left = graph.extra.setdefault("left", [])
    for _ in range(ROUNDS):
        mark, sites, chosen = graph.mark(), len(left), len(graph.extra.get("twins", ()))
        for var in list(variables.values()):
            var.prepare()
        found = _round(graph, key, variables, test, body, options)
        if found is not None:
            test_region, body_region, ends, params = found
            break
        graph.undo(mark)
        del left[sites:], graph.extra.get("twins", [])[chosen:]
    else:
        arrays.parts.copy_those_of(*[var.example for var in variables.values() if var.grows])
        grown = " and ".join(repr(var.slot.name) for var in variables.values() if var.grows)
        error = TypeError(f"what this loop makes of its variables ({grown}) does not hold still after {ROUNDS} tries{places.here()}")
        raise rollback.cannot(error, *([] if key is None else [key]))
    graph.region_reopen(body_region)
    try:
        out = [t for var, leaves in zip(variables.values(), ends) for t in var.carry(leaves)]
    finally:
        graph.region_close()
    graph.region_results(body_region, out)
    inits = [t for var in variables.values() for t in var.carry(var.leaves)]
    outs = [*graph.add_while(inits, test_region, body_region)]
    joins.note_loop(graph, outs, inits, out, params)
    outs = iter(outs)
    for var in variables.values():
        var.restore(outs)
    graph.extra["carried"] = journal.depth(), [var.slot for place, var in variables.items() if place not in declared]
    _link_twins(variables)
    tries.go_on(graph)


def _link_twins(variables):
    """Lists and arrays of several variables that may be one: at the end of the body they were, or before the loop."""
    came_from = {}
    for var in variables.values():
        if var.form is None or isinstance(var.slot, journal.Items):
            continue
        mine = values.boxes(var.slot.get())
        for k, place, j in var.twins:
            theirs = values.boxes(variables[place].slot.get())
            if k < len(mine) and j < len(theirs):
                arrays.link_once(mine[k], theirs[j])
        for origin in (var.initial, *var.origins):
            for box, new in zip(values.boxes(origin), mine):
                if origin is not var.initial and isinstance(new, arrays.Array):
                    continue  # arrays that the loop swaps stay apart: their twins have been noted
                older = [other() for other in var.links.get(id(box), ())]
                for one in (box, *[other for other in older if other is not None]):
                    others = came_from.setdefault(id(one), [])
                    for other in others:
                        arrays.link_once(other, new)
                    others.append(new)


def is_traced(condition):
    """A condition that only the run can decide."""
    return isinstance(condition, (trees.Choice, _core.Variable)) or (isinstance(condition, Tensor) and condition.is_symbolic)


def _round(graph, key, variables, test, body, options):
    """One try with the kinds of `variables`. None when they had to be widened or more places turned up."""
    declared = [v.slot for v in variables.values()]

    test_region = graph.region_open()
    if key is not None:
        graph.extra["region_loops"][test_region] = key
    try:
        with Frame(declared, key) as frame, Scope(graph, is_test=True):
            made = []
            for var in variables.values():
                var.slot.set(var.params(graph, made))
            acting.look_through(test)
            condition = truths.of(tries.asked(graph, test))
            condition = truth(condition, "the condition of `while`") if is_traced(condition) else bool(condition)
            result = _core.constant(condition, "bool", (), None) if isinstance(condition, bool) else condition
    finally:
        graph.region_close()
    graph.extra.setdefault("asked", {})[key] = result
    graph.region_results(test_region, [result])

    body_region = graph.region_open()
    if key is not None:
        graph.extra["region_loops"][body_region] = key
    try:
        with Frame(declared, key) as frame, Scope(graph) as scope:
            like = iter(made)
            for var in variables.values():
                var.slot.set(var.params(graph, [], like))
            _link_twins(variables)
            starts = {place: var.slot.get() for place, var in variables.items()}
            tries.enter_body(graph)
            ended = None
            try:
                acting.look_through(body)
                body()
            except BranchEnds as e:
                ended = type(e)
            except Exception as e:
                rollback.check(e)
                if options is not None and options.refused is not None:
                    options.refused(e)
                ended = defer(graph, e)
            raised = scope.close(None, ended)[1] is BranchEnds
    finally:
        graph.region_close()

    changed = False
    for place, (slot, before) in frame.before.items():
        if place not in variables and not values.same_static(frame.after[place], before):
            variables[place] = _Var(slot, before, key)
            changed = True
    ends, same = [], {}
    started = {id(box): variables[place] for place, value in starts.items() for box in values.boxes(value)}
    for place, var in variables.items():
        if changed and place not in starts:
            continue
        end, var.grows = var.with_parts(starts[place] if raised else frame.after[place])
        if var.grows:
            changed = True
            continue
        var.grows = var.note(end, same, started)
        if end is not var.initial and not isinstance(var.slot, journal.Items) and values.boxes(end):
            end = frame.settle(end, {})
            graph.region_reopen(body_region)
            try:
                end = var.staged(end)
            finally:
                graph.region_close()
        end = var.fit(var.whole(end))
        var.grows |= var.widen(end)
        leaves = []
        if var.form is None:
            leaves.append(trees.leaf_of(end))
        else:
            values.flatten(end, leaves)
        var.grows |= var.new_bools(leaves)
        var.grows |= var.new_lent(leaves)
        changed |= var.grows
        ends.append(leaves)
    return None if changed else (test_region, body_region, ends, made)


def as_range(value):
    """The StagedRange that a traced `tf.range(...)` stands for, so that it is never materialised; else None."""
    if isinstance(value, Tensor) and value.is_symbolic and value.alts is None and value.op.type == "Range":
        start, stop, step = value.op.inputs
        known = _core.known(step)
        return traced_range(start, stop, step if known is None else known)
    return None


# ---- for ---------------------------------------------------------------------------------------------


class StagedRange:
    """range(...) with a traced bound or step: never materialised."""

    def __init__(self, start, stop, step):
        self.start, self.stop, self.step = start, stop, step

    def count(self):
        """The number of iterations as a weak int tensor or int."""
        start, stop, step = self.start, self.stop, self.step
        if isinstance(step, int):
            n = (stop - start + (step - 1)) // step if step > 0 else (start - stop + (-step - 1)) // -step
        else:
            up = _core.binary("GT", step, 0)
            span = _core.op("SELECT", [up, *_weak(stop - start, start - stop)])
            size = _core.op("SELECT", [up, *_weak(step, -step)])
            n = (span + (size - 1)) // size
        zero = _core.weak(0)
        return _core.op("MAXIMUM", [*_weak(n, zero)])

    def _refusal(self, use):
        """What to raise where Python itself needs the range: its ends become static, or the function runs as Python."""
        error = TypeError(f"range() with a traced bound can only be {use}{places.here()}")
        return rollback.cannot(error, *(x for x in (self.start, self.stop, self.step) if isinstance(x, Tensor)))

    def __iter__(self):
        raise self._refusal("looped over by a `for` statement of a converted function")

    def __bool__(self):
        raise self._refusal("looped over, not tested: compare its bounds")

    def __eq__(self, other):
        raise self._refusal("looped over, not compared: compare its bounds")

    __hash__ = object.__hash__

    def __repr__(self):
        raise self._refusal("looped over, not shown: show its bounds")


def traced_range(start, stop, step=1):
    """range(start, stop, step) of traced ints. A step of zero is refused here, as by Python, however the range is used."""
    error = ValueError("range() arg 3 must not be zero")
    if isinstance(step, Tensor):
        graph = _core.current_graph()
        staged_if(graph, _core.binary("EQ", step, 0), lambda: staged_raise(graph, error), None, [])
    elif step == 0:
        raise error
    return StagedRange(start, stop, step)


def _weak(*xs):
    return [_core.cast(x, "int64", True) for x in xs]


def _advance(a, b):
    """a + b where overflow is impossible or does no harm: the counter of a loop."""
    return _core.op("ADD", [a, b])


def staged_range(graph, r, body, slots, extra_test, options=None):
    """`for i in range(...)`: a counter, compared with the bound."""
    start, stop, step = r.start, r.stop, r.step
    like = next((x for x in (start, stop, step) if isinstance(x, Tensor) and not x.weak), None)
    dtype, weak = ("int64", True) if like is None else (like.dtype.name, False)
    start, stop, step_t = (_core.cast(x, dtype, weak) for x in (start, stop, step))
    counter = Hidden("counter", start)

    def test():
        i = counter.value
        if not isinstance(step, Tensor):
            more = _core.binary("LT" if step > 0 else "GT", i, stop)
        else:
            up = _core.binary("GT", step_t, 0)
            more = _core.op("SELECT", [up, _core.binary("LT", i, stop), _core.binary("GT", i, stop)])
        return _and_extra(more, extra_test)

    def step_body():
        i = counter.value
        counter.value = _advance(i, step_t)
        acting.look_through(body)
        body(i)

    staged_loop(graph, [counter, *slots], test, step_body, options)


def _and_extra(more, extra_test):
    if extra_test is None:
        return more
    extra = extra_test()
    if not is_traced(extra):
        return more if extra else _core.constant(False, "bool", (), None)
    return _core.op("AND", [more, truth(extra)])


def staged_rows(graph, rows, body, slots, extra_test, options=None, start=0):
    """`for x in tensor` (or zip/enumerate/reversed of such): an index over axis 0, from `start` on."""
    length = None if live(rows) else rows.length()
    index = Hidden("index", _core.cast(_core.weak(start), "int64", True))

    def test():
        return _and_extra(_core.binary("LT", index.value, rows.length() if length is None else length), extra_test)

    def step_body():
        i = index.value
        index.value = _advance(i, _core.cast(_core.weak(1), "int64", True))
        acting.look_through(body)
        body(rows.at(i))

    staged_loop(graph, [index, *slots], test, step_body, options)


def live(rows):
    """Whether the length may change while the rows are looped over: a list's may."""
    return any(map(live, rows.sources)) if isinstance(rows, Once) else isinstance(rows, lists.TracedList)


class Iterated:
    """Something that only the run can iterate over: length() and at(i)."""

    def __iter__(self):
        from .calls import iterate

        return iterate(self)


class Once(iterators.Whole):
    """An iterator of Python's over what only the run can iterate over: length() and at(i) as long as nothing has been taken of it."""

    def __init__(self, *sources):
        super().__init__()
        self.sources = sources  # what it takes its items of

    def is_whole(self):
        return not self.begun() and all([s.is_whole() for s in self.sources if isinstance(s, Once)])

    def take(self, left):
        super().take(left)
        for source in self.sources:
            if isinstance(source, Once):
                source.take(left)

    def length(self):
        return self.sources[0].length()


def go_on(items):
    """To be called before items are taken of something: a loop may have ended in an iterator where only the run knows."""
    graph = _core.current_graph()
    for iterator, more in graph.extra.get("cut short", ()) if graph is not None else ():
        if iterator is items:
            error = TypeError(
                f"this {type(items).__name__} has been looped over before, and how far only the run knows: make a list of it first"
                + places.here()
            )
            raise rollback.cannot(error, more)
    iterators.begin(items)


def leave(graph, items, more):
    """A loop over Python's own items may end at `more`, which the run decides: an iterator cannot go on from there."""
    if isinstance(items, collections.abc.Iterator) and type(items) is not iterators.Reader:
        graph.extra.setdefault("cut short", []).append((items, more))


class Rows(Iterated):
    """The rows of a tensor."""

    def __init__(self, tensor):
        shape = tensor.shape
        if shape.rank == 0:
            raise TypeError(f"iteration over a 0-d tensor: it has no rows. To count up to it, loop over range(...) of it{places.here()}")
        self.tensor = tensor

    def length(self):
        return length_of(self.tensor)

    def at(self, i):
        return guards.row(self.tensor, i)


class RaggedRows(Iterated):
    """The rows of a RaggedTensor: slices whose lengths the run knows."""

    def __init__(self, ragged):
        self.ragged = ragged

    def length(self):
        n = length_of(self.ragged.row_splits)
        return n - 1

    def at(self, i):
        return self.ragged[i]


class Enumerated(Once):
    name = "enumerate()"

    def __init__(self, rows, start):
        super().__init__(rows)
        self.start = start

    def at(self, i):
        return (i + self.start, self.sources[0].at(i))

    def one_by_one(self):
        return enumerate(self.sources[0], self.start)


class Zipped(Once):
    name = "zip()"

    def length(self):
        n = None
        for p in self.sources:
            m = p.length()
            if n is None or (isinstance(n, int) and isinstance(m, int)):
                n = m if n is None else min(n, m)
            else:
                n = _core.op("MINIMUM", _weak(n, m))
        return n

    def at(self, i):
        return tuple(p.at(i) for p in self.sources)

    def one_by_one(self):
        return zip(*self.sources)


class Mapped(Zipped):
    name = "map()"

    def __init__(self, function, *sources):
        super().__init__(*sources)
        self.function = function

    def at(self, i):
        return self.function(*super().at(i))

    def one_by_one(self):
        return map(self.function, *self.sources)


class Reversed(Once):
    name = "reversed()"

    def at(self, i):
        rows = self.sources[0]
        return rows.at(rows.length() - 1 - i)

    def one_by_one(self):
        return reversed([*self.sources[0]])


class RangeRows(Iterated):
    """A traced range as one of several things zipped or enumerated."""

    def __init__(self, r):
        self.r = r

    def length(self):
        return self.r.count()

    def at(self, i):
        return self.r.start + i * self.r.step


def length_of(tensor):
    """len(tensor): a Python int when static, a weak int tensor otherwise."""
    shape = tensor.shape
    if shape.rank == 0 and tensor.dtype.name == "string":
        return strings.characters(tensor)
    if shape.rank == 0:
        raise TypeError(f"len() of a 0-d tensor{places.here()}")
    n = None if shape.rank is None else shape[0]
    return n if n is not None else _core.op("DIM", [tensor], {"axis": 0, "weak": 1})


def rows_of(value):
    """Something staged to iterate over, or None when it is plain Python."""
    value = values.read(deques.listed(value))
    if isinstance(value, Tensor) and value.is_symbolic:
        return Rows(_core.resolve(value) if value.alts is not None else value)
    if isinstance(value, StagedRange):
        return RangeRows(value)
    if isinstance(value, arrays.Array):
        return arrays.Rows(value)
    if isinstance(value, Once):
        return value if value.is_whole() else None
    if isinstance(value, (Iterated, arrays.Rows)):
        return value
    if isinstance(value, lists.TracedList) and value.staged is not None:
        return value
    if getattr(type(value), "_rows_differ", False) and value.row_splits.is_symbolic:
        return RaggedRows(value)
    return None
