#!/usr/bin/env python3
"""Writes the tables of what frameworks' pickles call, from the sources of the versions that are installed.

    python specs/artifact/make_tables.py rules/artifact/tables

Nothing of a framework is imported: its sources are parsed. Three kinds of lines come out, as `pickle_globals.tsv` has them:
  allow      functions that a `__reduce__` of the framework names and that do nothing but build objects;
  refer      public functions that estimators keep as parameters: harmless to name, not called by an honest file;
  construct  classes whose constructor reads or writes files or runs code: honest files build them without calling it.
"""

import ast
import importlib.metadata
import pathlib
import sys

FRAMEWORKS = {
    "numpy": "numpy", "scipy": "scipy", "scikit-learn": "sklearn", "pandas": "pandas", "statsmodels": "statsmodels",
    "xgboost-cpu": "xgboost", "lightgbm": "lightgbm", "patsy": "patsy", "formulaic": "formulaic", "narwhals": "narwhals",
    "ml_dtypes": "ml_dtypes", "python-dateutil": "dateutil",
}
# Modules whose public functions estimators keep as parameters: metrics, score functions, transformations.
PARAMETERS = ("sklearn.metrics", "sklearn.feature_selection", "sklearn.preprocessing", "sklearn.gaussian_process",
              "scipy.spatial.distance", "scipy.special", "scipy.stats", "numpy._core.fromnumeric", "numpy.core.fromnumeric",
              "numpy.linalg", "numpy.lib._function_base_impl", "numpy.lib._nanfunctions_impl", "numpy.lib.function_base",
              "numpy.lib.nanfunctions", "statsmodels.genmod.families")
RISKY_CALLS = {"open", "exec", "eval", "compile", "__import__", "import_module", "load", "loads", "read_pickle", "memmap", "system",
               "popen", "Popen", "check_output", "check_call", "run", "unlink", "remove", "rmtree", "mkdir", "makedirs", "mkdtemp",
               "mkstemp", "NamedTemporaryFile", "TemporaryDirectory", "urlopen", "urlretrieve", "fromfile", "tofile", "write_text",
               "write_bytes", "CDLL", "ZipFile", "connect", "_safe_call", "open_code", "savetxt", "loadtxt", "genfromtxt", "touch"}
RISKY_MODULES = {"os", "subprocess", "shutil", "ctypes", "socket", "urllib", "requests", "tempfile", "pickle", "marshal", "importlib"}
PURE_OF_MODULES = {"fspath", "sizeof", "path", "environ", "get", "join", "byref", "c_int", "c_char_p", "c_void_p", "c_uint64", "cast"}
CONSTRUCTORS = ("__init__", "__new__", "__post_init__")


def is_risky(node):
    """Says whether code calls something that reaches out of the process."""
    for call in (found for found in ast.walk(node) if isinstance(found, ast.Call)):
        function = call.func
        if isinstance(function, ast.Name) and function.id in RISKY_CALLS:
            return True
        if isinstance(function, ast.Attribute):
            root = function
            while isinstance(root, ast.Attribute):
                root = root.value
            of_module = isinstance(root, ast.Name) and root.id in RISKY_MODULES
            if function.attr in RISKY_CALLS or (of_module and function.attr not in PURE_OF_MODULES):
                return True
    return False


def reduced_names(tree):
    """Names of functions that `__reduce__` methods return first."""
    for method in ast.walk(tree):
        if isinstance(method, ast.FunctionDef) and method.name in ("__reduce__", "__reduce_ex__"):
            for answer in (found.value for found in ast.walk(method) if isinstance(found, ast.Return)):
                if isinstance(answer, ast.Tuple) and answer.elts and isinstance(answer.elts[0], ast.Name):
                    yield answer.elts[0].id


def modules(root, package):
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        if any(part in ("tests", "testing", "_testing", "conftest") or part.startswith("test_") for part in parts):
            continue
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        try:
            yield name, ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue


def table(package, root):
    allowed, named, constructed = [], [], []
    for module, tree in modules(root, package):
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        rebuilding = sorted({name for name in reduced_names(tree) if name in functions and not is_risky(functions[name])})
        if rebuilding:
            allowed.append(f"allow\t{module}\t{','.join(rebuilding)}")
        if module.startswith(PARAMETERS):
            public = sorted(name for name, node in functions.items() if not name.startswith("_") and not is_risky(node))
            public = [name for name in public if name not in rebuilding]
            if public:
                named.append(f"refer\t{module}\t{','.join(public)}\tis computed while loading, which no model needs")
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        reaching = sorted(node.name for node in classes for method in node.body if isinstance(method, ast.FunctionDef)
                          and method.name in CONSTRUCTORS and is_risky(method))
        if reaching:
            constructed.append(f"construct\t{module}\t{','.join(dict.fromkeys(reaching))}\treads or writes files or runs code when constructed")
    return allowed + named + constructed


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for distribution, package in FRAMEWORKS.items():
        try:
            version = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            print(f"passed by {distribution}: not installed", file=sys.stderr)
            continue
        root = next(pathlib.Path(base) / package for base in sys.path if (pathlib.Path(base) / package / "__init__.py").exists())
        lines = table(package, root)
        if lines:
            head = f"# Generated by specs/artifact/make_tables.py from {distribution} {version}; do not edit.\n"
            (out / f"{package}.tsv").write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
