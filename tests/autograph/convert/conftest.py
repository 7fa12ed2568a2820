"""Makes the converter importable as `ag_convert`: the package's, or the checkout's if unbuilt."""

import importlib.util
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOM = HERE.parents[2] / "autograph" / "convert"

sys.path.insert(0, str(HERE))


def load():
    try:
        import autograph.convert as package

        return package
    except ImportError:
        spec = importlib.util.spec_from_file_location(
            "ag_convert", ROOM / "__init__.py", submodule_search_locations=[str(ROOM)]
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules["ag_convert"] = module
        spec.loader.exec_module(module)
        return module


if "ag_convert" not in sys.modules:
    sys.modules["ag_convert"] = load()
