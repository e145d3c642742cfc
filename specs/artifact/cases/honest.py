"""Honest files made by really installed frameworks; a framework that is not installed is passed by and named."""

import bz2
import collections
import datetime
import decimal
import enum
import fractions
import gzip
import importlib
import io
import lzma
import pathlib
import pickle
import sys
import uuid
import warnings
import zlib

from .assembler import Case

warnings.filterwarnings("ignore")
PROTOCOLS = (0, 2, 3, 4, 5)


def plain():
    import zoneinfo

    Point = collections.namedtuple("Point", "x y")
    yield "dict", {"a": 1, "b": [1.5, None, True], "c": {"d": (1, 2)}, "e": b"bytes", "f": {1, 2}, "g": frozenset([1])}
    yield "floats", [i * 0.37 for i in range(500)]
    yield "vocabulary", {f"token{i}": i for i in range(3000)}
    yield "warnings-text", ["os.system('rm')", "cos\nsystem\n(S'x'\ntR.", "eval(", "__reduce__", "\x80\x04."]
    yield "ordered", collections.OrderedDict(a=1, b=collections.Counter("abca"), c=collections.defaultdict(list, x=[1]))
    yield "deque", collections.deque([1, 2], maxlen=5)
    yield "dates", [datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc), datetime.date.today(), datetime.timedelta(1),
                    datetime.datetime(2026, 1, 2, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")), datetime.time(3, 4)]
    yield "uuid", {uuid.uuid4(): decimal.Decimal("1.5"), uuid.uuid4(): fractions.Fraction(3, 4)}
    yield "paths", [pathlib.PurePosixPath("a/b"), pathlib.PosixPath("/models/x")]
    yield "complex", [1 + 2j, range(5), slice(1, 2), 10 ** 40, -(10 ** 30)]
    yield "bytearray", bytearray(b"\x80\x04" * 30)
    yield "exceptions", [ValueError("x"), KeyError("y")]
    yield "builtins", [len, print, str, dict, "abc".upper, collections.OrderedDict]
    yield "recursive", (lambda seen: (seen.append(seen), seen)[1])([])
    yield "enum", enum.Enum
    yield "regex", __import__("re").compile("a+b")
    yield "random-state", __import__("random").Random(3)
    yield "namespace", __import__("types").SimpleNamespace(a=1)
    yield "partial", __import__("functools").partial(int, base=2)
    yield "operator", [__import__("operator").itemgetter(1), __import__("operator").attrgetter("x")]
    del Point


def numpy_objects():
    import numpy as np

    yield "arrays", [np.arange(10), np.eye(3, dtype="f4"), np.array(["a", "bc"]), np.array([1, None, "x"], object)]
    yield "scalars", {"loss": np.float64(0.3), "n": np.int32(4), "b": np.bool_(True), "t": np.datetime64("2026-01-01")}
    yield "structured", np.zeros(3, [("a", "i4"), ("b", "f8"), ("c", "U5")])
    yield "masked", np.ma.masked_array([1, 2, 3], [0, 1, 0])
    yield "fortran", np.asfortranarray(np.ones((3, 4)))
    yield "generator", [np.random.default_rng(1), np.random.RandomState(2)]
    yield "dtypes", [np.dtype("f8"), np.dtype("M8[ns]"), np.float32, np.ufunc, np.exp, np.add]
    yield "polynomial", [np.poly1d([1, 2]), np.polynomial.Polynomial([1, 2])]
    yield "matrix", np.matrix([[1, 2]])
    yield "big", np.random.rand(200, 100)


def scipy_objects():
    import scipy.interpolate
    import scipy.sparse
    import scipy.spatial
    import scipy.stats

    yield "sparse", [scipy.sparse.csr_matrix([[1, 0]]), scipy.sparse.coo_array([[1, 0]]), scipy.sparse.lil_matrix([[1]])]
    yield "interpolate", [scipy.interpolate.interp1d([1, 2, 3], [1, 4, 9]), scipy.interpolate.CubicSpline([1, 2, 3], [1, 4, 9])]
    yield "stats", [scipy.stats.norm(0, 1), scipy.stats.gaussian_kde([1.0, 2, 3, 5])]
    yield "tree", scipy.spatial.cKDTree([[1.0, 2], [3, 4]])
    yield "optimize", __import__("scipy.optimize").optimize.minimize(lambda x: x ** 2, 1.0)


def pandas_objects():
    import pandas as pd

    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": pd.to_datetime(["2026-01-01", "2026-01-02"]), "d": [1.5, None]})
    yield "frame", frame
    yield "categorical", frame.assign(e=pd.Categorical(["u", "v"]))
    yield "timezone", pd.Series(pd.to_datetime(["2026-01-01"]).tz_localize("Europe/Berlin"))
    yield "timestamp", [pd.Timestamp("2026-01-01", tz="UTC"), pd.Timedelta("1D"), pd.NaT, pd.NA, pd.Period("2026-01")]
    yield "multiindex", frame.set_index(["a", "b"])
    yield "period", pd.Series(pd.period_range("2026", periods=3, freq="M"))
    yield "interval", pd.cut([1, 2, 3], 2)
    yield "nullable", pd.DataFrame({"i": pd.array([1, None], "Int64"), "s": pd.array(["a", None], "string"), "b": pd.array([True, None], "boolean")})
    yield "sparse", pd.Series(pd.arrays.SparseArray([0, 0, 1]))
    yield "offsets", [pd.offsets.MonthEnd(), pd.offsets.BusinessDay(2), pd.tseries.frequencies.to_offset("h")]
    yield "rangeindex", frame.index
    yield "timedelta", pd.Series(pd.to_timedelta([1, 2], unit="D"))
    yield "dtypes", [pd.CategoricalDtype(["a"]), pd.DatetimeTZDtype(tz="UTC"), pd.Int64Dtype(), pd.StringDtype()]
    yield "groupby", frame[["a", "b"]].groupby("b").sum()


def sklearn_objects():
    import numpy as np
    from sklearn.utils import all_estimators

    rng = np.random.RandomState(0)
    x, y, names = rng.rand(40, 4), rng.randint(0, 2, 40), []
    for name, kind in all_estimators():
        try:
            model = kind()
            try:
                model.fit(x, y)
            except Exception:
                pass
            pickle.dumps(model)
        except Exception:
            continue
        names.append(name)
        yield name, model
    yield from sklearn_compositions(x, y)


def sklearn_compositions(x, y):
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
    from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
    from sklearn.gaussian_process import GaussianProcessRegressor, kernels
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score, make_scorer
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import FeatureUnion, Pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    texts = ["good film", "bad film", "good day", "awful day"]
    yield "pipeline", Pipeline([("s", StandardScaler()), ("m", LogisticRegression())]).fit(x, y)
    yield "pipeline-text", Pipeline([("v", TfidfVectorizer()), ("m", LogisticRegression())]).fit(texts, [1, 0, 1, 0])
    yield "vectorizers", [CountVectorizer().fit(texts), HashingVectorizer(), TfidfVectorizer(stop_words="english").fit(texts)]
    yield "grid", GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, scoring=make_scorer(f1_score), cv=KFold(2)).fit(x, y)
    yield "union", FeatureUnion([("a", StandardScaler()), ("b", StandardScaler())]).fit(x)
    yield "columns", ColumnTransformer([("n", StandardScaler(), [0, 1]), ("c", OneHotEncoder(), [2])]).fit(np.round(x))
    yield "function-log1p", FunctionTransformer(np.log1p)
    yield "stacking", StackingClassifier([("a", LogisticRegression()), ("b", RandomForestClassifier(5))]).fit(x, y)
    yield "voting", VotingClassifier([("a", LogisticRegression()), ("b", KNeighborsClassifier())]).fit(x, y)
    yield "gaussian", GaussianProcessRegressor(kernels.RBF() + kernels.WhiteKernel()).fit(x, y)
    yield "scores", {"model": LogisticRegression().fit(x, y), "columns": ["a", "b"], "metric": f1_score}


def boosting():
    import numpy as np

    rng = np.random.RandomState(0)
    x, y = rng.rand(60, 4), rng.randint(0, 2, 60)
    if importlib.util.find_spec("xgboost"):
        import xgboost

        yield "xgb-classifier", xgboost.XGBClassifier(n_estimators=4).fit(x, y)
        yield "xgb-regressor", xgboost.XGBRegressor(n_estimators=4).fit(x, y)
        yield "xgb-ranker", xgboost.XGBRFClassifier(n_estimators=4).fit(x, y)
        yield "xgb-booster", xgboost.train({"verbosity": 0}, xgboost.DMatrix(x, y), 3)
    if importlib.util.find_spec("lightgbm"):
        import lightgbm

        yield "lgbm-classifier", lightgbm.LGBMClassifier(n_estimators=4, verbose=-1, n_jobs=1).fit(x, y)
        yield "lgbm-regressor", lightgbm.LGBMRegressor(n_estimators=4, verbose=-1, n_jobs=1).fit(x, y)
        yield "lgbm-booster", lightgbm.train({"verbose": -1, "num_threads": 1}, lightgbm.Dataset(x, y), 3)


def statsmodels_objects():
    import numpy as np
    import statsmodels.api as sm

    x = np.random.RandomState(0).rand(40, 2)
    y = x @ [1, 2] + 0.1
    yield "ols", sm.OLS(y, sm.add_constant(x)).fit()
    yield "glm", sm.GLM(y, x).fit()
    yield "logit", sm.Logit((y > 1.5).astype(int), sm.add_constant(x)).fit(disp=0, method="bfgs")
    yield "arima", sm.tsa.ARIMA(y, order=(1, 0, 0)).fit()
    yield "smoothing", sm.tsa.SimpleExpSmoothing(y).fit()


GROUPS = {"plain": plain, "numpy": numpy_objects, "scipy": scipy_objects, "pandas": pandas_objects, "sklearn": sklearn_objects,
          "boosting": boosting, "statsmodels": statsmodels_objects}


def native():
    """Files in the frameworks' own formats."""
    import numpy as np

    folder = pathlib.Path("native-scratch")
    folder.mkdir(exist_ok=True)
    for label, save in {
        "npy": lambda path: np.save(path, np.arange(10.0)), "npz": lambda path: np.savez(path, a=np.eye(2), b=np.arange(3)),
        "npz-compressed": lambda path: np.savez_compressed(path, a=np.eye(20)),
    }.items():
        path = folder / f"{label}.{label.split('-')[0]}"
        save(str(path))
        yield label, path
    import h5py

    with h5py.File(folder / "w.h5", "w") as file:
        file["w"] = np.eye(4)
    yield "h5", folder / "w.h5"
    from safetensors.numpy import save_file

    save_file({"w": np.eye(4, dtype="f4")}, folder / "m.safetensors")
    yield "safetensors", folder / "m.safetensors"
    if importlib.util.find_spec("xgboost"):
        import xgboost

        booster = xgboost.train({"verbosity": 0}, xgboost.DMatrix(np.random.rand(20, 3), np.arange(20) % 2), 2)
        for ending in ("json", "ubj"):
            booster.save_model(folder / f"xgb.{ending}")
            yield f"xgb-{ending}", folder / f"xgb.{ending}"
    if importlib.util.find_spec("skops"):
        from skops.io import dump
        from sklearn.svm import SVC

        dump(SVC(), folder / "svc.skops")
        yield "skops", folder / "svc.skops"


def installed_data():
    """Model files that the installed packages ship: read from site-packages."""
    root = pathlib.Path(importlib.import_module("numpy").__file__).parents[1]
    found = [path for path in sorted(root.rglob("*")) if path.suffix in {".pkl", ".pickle", ".npy", ".npz", ".onnx", ".h5", ".joblib"}]
    for path in found:
        if path.is_file() and path.stat().st_size < 1 << 20:
            yield "-".join(path.relative_to(root).parts), path


def compressed(data):
    yield "gz", gzip.compress(data)
    yield "bz2", bz2.compress(data)
    yield "xz", lzma.compress(data)
    yield "z", zlib.compress(data)


def cases():
    for group, objects in GROUPS.items():
        try:
            for label, item in objects():
                yield from dumped(group, label, item)
        except Exception as error:  # a framework that changed must not keep the others from being tried
            print(f"passed by the rest of {group}: {error!r}", file=sys.stderr)
    for source, files in (("native", native), ("shipped", installed_data)):
        for label, path in files():
            yield Case(f"honest.{source}-{label}", path.read_bytes(), "honest", "", path.name)


def dumped(group, label, item):
    import joblib

    protocols = PROTOCOLS if group != "sklearn" else (2, 4)
    for protocol in protocols:
        try:
            data = pickle.dumps(item, protocol)
        except Exception:
            continue
        yield Case(f"honest.{group}-{label}-p{protocol}", data, "honest", "", "model.pkl")
        if protocol == 4:
            # Each compression for every seventh file: the content is what differs.
            methods = list(compressed(data))
            ending, packed = methods[len(label) % len(methods)]
            yield Case(f"honest.{group}-{label}-{ending}", packed, "honest", "", f"model.pkl.{ending}")
    out = io.BytesIO()
    try:
        joblib.dump(item, out)
    except Exception:
        return
    yield Case(f"honest.{group}-{label}-joblib", out.getvalue(), "honest", "", "model.joblib")
