"""Why a function was traced again: the text of a trace's signature, what changed since the one most alike, the warning, `explain()`."""

import collections
import itertools

RETRACE_WARNING = 5  # traces for one cause; then at twice as many, and so on
RETRACE_SHARE = 0.02  # of the time since the first of them: someone who types calls waits for nothing
LEAVES_SHOWN = 12  # of one argument in a signature's text

# A static leaf of the arguments of a trace, as messages need it. The object itself is not kept: `owner` is a callable that gives it
# back while it lives, None for plain values.
Fixed = collections.namedtuple("Fixed", "path text kind owner")


def short(value):
    """repr, cut where it is long."""
    try:
        text = repr(value)
    except Exception:  # a repr of the user's; it is only for messages
        text = object.__repr__(value)
    return text if len(text) <= 100 else text[:97] + "..."


def signature_text(fn, info):
    name = getattr(fn.python_function, "__name__", "f")
    parts = [(i.path, f"{i.path}: {i.text()}") for i in info["inputs"]] + [(s.path, f"{s.path}={s.text}") for s in info["statics"]]
    alike = "".join(f", {one} == {other}" for one, other in _alike(info))
    return f"{name}({', '.join(_cut(parts))}{alike})"


def _alike(info):
    """Pairs of sizes, as text, that a trace takes for equal."""
    first, pairs = {}, []
    for i in info["inputs"]:
        for axis, size in enumerate(i.sizes or ()):
            text = f"{i.path}.shape[{axis}]"
            if size < 0 and first.setdefault(size, text) != text:
                pairs.append((first[size], text))
    return pairs


def _cut(parts):
    """The texts of (path, text) pairs; of an argument with many items only the first."""
    for root, some in itertools.groupby(parts, lambda part: part[0].partition("[")[0].partition(".")[0]):
        texts = [text for _, text in some]
        if len(texts) <= LEAVES_SHOWN:
            yield from texts
        else:
            yield from texts[:3]
            yield f"{len(texts) - 3} more in {root!r}"


def reason(fn, info):
    """(why it traced, the paths of the arguments that made it), compared with the trace that is most alike."""
    between = (fn._counts or fn)._between
    if between:
        (fn._counts or fn)._between = ()
        return f"{', '.join(between)} changed since the call before: {'they are' if between[1:] else 'it is'} read at each call now", ()
    if not fn._cache:
        return "the call before changed what is older than it" if fn._changes else "first call", ()
    nearest = None
    for c in fn._cache:
        changes = _changes(c.info, info)
        if nearest is None or len(changes) < len(nearest):
            nearest = changes
    if not nearest:
        return "other structure of the arguments", ("",)
    texts = [*nearest.values()]
    if len(texts) > LEAVES_SHOWN:
        texts = [*texts[:3], f"{len(texts) - 3} more such"]
    return "; ".join(texts), tuple(sorted(nearest))


def _changes(old, new):
    """{path: text} of the arguments that differ."""
    changes = {}
    before = {i.path: i.text() for i in old["inputs"]} | {s.path: s.text for s in old["statics"]}
    now = {i.path: i.text() for i in new["inputs"]} | {s.path: s.text for s in new["statics"]}
    for path in now:
        if path not in before:
            changes[path] = f"argument {path!r} is new: {now[path]}"
        elif before[path] != now[path]:
            why = new["pinned"].get(path)
            changes[path] = f"argument {path!r} was {before[path]}, now {now[path]}" + (f" (static: needed as {why})" if why else "")
    kinds = {i.path: i.is_array for i in old["inputs"]}
    for i in new["inputs"] if not changes else ():
        if i.is_array != kinds[i.path]:
            what = ("a tensor", "an array of the caller's")
            changes[i.path] = f"argument {i.path!r}, which is written to, was {what[kinds[i.path]]}, now {what[i.is_array]}"
    still = _alike(new)
    for one, other in _alike(old) if not changes else ():
        if (one, other) not in still:
            changes[other] = f"{one} and {other} were equal, now they differ"
    return changes | {path: f"argument {path!r} is gone" for path in before if path not in now}


def maybe_warn(fn, cause):
    """Warns of the fifth trace that an argument has asked for, the tenth, and so on, where they take a share of the time."""
    same = [h for h in fn._history if h["cause"] in (cause, ())]  # the first call is the first of each
    times = len(same) // RETRACE_WARNING
    if not cause or not times or len(same) != times * RETRACE_WARNING or times & (times - 1):
        return
    import time

    recent = same[-RETRACE_WARNING:]
    spent = sum(h["trace_ms"] + h["compile_ms"] for h in recent)
    if spent < RETRACE_SHARE * 1e3 * (time.perf_counter() - recent[0]["at"]):
        return
    import warnings

    from .staging import places

    lines = "\n".join(f"  {h['reason']}" for h in recent)
    warnings.warn(
        f"{fn!r} was traced {len(same)} times; the last {RETRACE_WARNING} cost {spent:.0f} ms:\n{lines}\n"
        f"{_cures(recent)}f.explain() shows all.",
        stacklevel=places.user_level(),
    )


def _cures(history):
    """What to do about the changes between these traces, a line each."""
    infos = [h["info"] for h in history]
    cures = {}
    for old, new in zip(infos, infos[1:]):
        shapes = {i.path: (i.dtype, i.weak, i.shape) for i in old["inputs"]}
        if any(i.path in shapes and shapes[i.path][:2] == (i.dtype, i.weak) and shapes[i.path][2] != i.shape for i in new["inputs"]):
            cures["shapes"] = "Shapes differ: use reduce_retracing=True, or an input_signature with None for the sizes."
        values = {fixed.path: fixed for fixed in old["statics"]}
        for path, text, kind, owner in new["statics"]:
            before = values.get(path)
            if before is None or (owner() is before.owner() if owner and before.owner else text == before.text):
                continue
            if path in new["pinned"]:
                cures[path] = (
                    f"{path!r} has a trace for each of its values, since it is needed as {new['pinned'][path]}: compute with it in "
                    f"tensors instead, or let it take few values."
                )
            else:
                cures[path] = f"{path!r} is a {kind}, which has a trace for each value: pass a number or a tensor instead."
    return "".join(f"{cure}\n" for cure in cures.values())


def _sizes(dims):
    return "(" + ", ".join("any" if d < 0 else str(d) for d in dims) + ("," if len(dims) == 1 else "") + ")"


def explain(fn):
    name = getattr(fn.python_function, "__qualname__", "f")
    if not fn._history:
        return f"{name}: not called yet"
    lines = [f"{name}: traced {fn._tracing_count} time{'s' if fn._tracing_count != 1 else ''}"]
    if fn._unconverted:
        lines.append(f"not converted, so conditions on its arguments are decided while tracing: {fn._unconverted}")
    for path, why in fn._apart.items():
        lines.append(f"the list {path!r} has an input for each item, and a trace for each length: {why}")
    for i, h in enumerate(fn._history, 1):
        stayed = h["info"]["python"]
        how = "native code" if h["info"].get("native") else "runs as Python" if stayed else "interpreted"
        made = f"compiled in {h['info']['compile_ms']:.2f} ms"
        if h["info"].get("cached"):
            made = f"loaded in {h['info']['compile_ms']:.2f} ms from the disk cache"
        lines.append(f"{i}. {h['signature']}: {how}, traced in {h['trace_ms']:.2f} ms, {made}")
        for dims in h["info"].get("versions", ()):
            lines.append(f"   has code of its own for arguments of the sizes {', '.join(map(_sizes, dims))}, which many calls had")
        lines.append(f"   why: {h['reason']}" + (f" (called at {h['site'][0]}:{h['site'][1]})" if h["site"] else ""))
        if stayed:
            lines.append(f"   stayed Python: {stayed[0]}" + stayed[1].replace("\n", "\n   "))
        if h["info"].get("some_python"):
            lines.append(f"   some calls were left to plain Python: {h['info']['some_python']}")
        for place, kind in h["info"].get("done", {}).items():
            lines.append(f"   what is put into an older {kind} here is known, and put there once, while tracing:" + place.replace("\n", "\n   "))
        for path, asked in h["pinned"].items():
            lines.append(f"   {path!r} is static, a trace for each value: it is needed as {asked or 'a Python number'} while tracing")
    return "\n".join(lines)
