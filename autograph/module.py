"""tf.Module: an object that knows the variables its attributes hold."""

from . import _core
from .scopes import name_scope

__all__ = ["Module"]


class Module:
    """Base of classes whose attributes are variables, other modules, and structures of them.

    name: a Python identifier; by default the class's name in lower case with underscores.

    >>> import autograph as ag
    >>> class Dense(ag.Module):
    ...     def __init__(self):
    ...         self.w, self.b = ag.Variable([[2.0]]), ag.Variable([1.0], trainable=False)
    >>> len(Dense().variables), len(Dense().trainable_variables)
    (2, 1)
    """

    def __init__(self, name=None):
        if name is not None and not str(name).isidentifier():
            raise ValueError(f"Module: the name {name!r} is not a Python identifier")
        self._name = name

    @property
    def name(self):
        """The name given, or the class's as snake_case."""
        given = self.__dict__.get("_name")
        if given is not None:
            return given
        text = type(self).__name__
        return "".join(
            ("_" if i and c.isupper() and not text[i - 1].isupper() else "") + c.lower()
            for i, c in enumerate(text)
        )

    @property
    def name_scope(self):
        """A context: operations made in it have names below the module's."""
        return name_scope(self.name + "/")

    @property
    def variables(self):
        """The variables of this module and those it holds, each once, attributes in order of name."""
        return tuple(x for x in self._held() if isinstance(x, _core.Variable))

    @property
    def trainable_variables(self):
        """Those of `variables` that are trainable."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def non_trainable_variables(self):
        """Those of `variables` that are not trainable."""
        return tuple(v for v in self.variables if not v.trainable)

    @property
    def submodules(self):
        """The modules this one holds, directly or through others."""
        return tuple(x for x in self._held() if isinstance(x, Module))

    def _held(self):
        seen, found = {id(self)}, []

        def walk(value):
            if isinstance(value, (_core.Variable, Module)):
                if id(value) in seen:
                    return
                seen.add(id(value))
                found.append(value)
            if isinstance(value, Module):
                attributes = vars(value)
                for key in sorted(attributes):
                    walk(attributes[key])
            elif isinstance(value, dict):
                for key in sorted(value, key=str):
                    walk(value[key])
            elif isinstance(value, (list, tuple)):
                for item in value:
                    walk(item)

        for key in sorted(vars(self)):
            walk(vars(self)[key])
        return found

    @staticmethod
    def with_name_scope(method):
        """A decorator of methods: what they make is named below the module."""
        import functools

        @functools.wraps(method)
        def scoped(self, *args, **kwargs):
            with self.name_scope:
                return method(self, *args, **kwargs)

        return scoped
