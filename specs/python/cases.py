#!/usr/bin/env python3
"""What `import syndic` promises. Run by `wheel.py` where the wheel is installed; payloads only make a marker file."""

import contextlib
import io
import os
import pathlib
import pickle
import sys
import tempfile
import threading
import time
import unittest

import joblib
import numpy
import syndic

try:
    import torch
except ImportError:
    torch = None

CLEAN = {"weights": [1.0, 2.0], "name": "tiny"}


class Payload:
    """Makes a file when it is loaded."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.marker = self.folder / "marker"
        self.evil = pickle.dumps({"model": Payload(self.marker)})
        self.addCleanup(syndic.uninstall)

    def tearDown(self):
        self.assertFalse(self.marker.exists(), "the payload ran")

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def refused(self, call):
        with self.assertRaises(syndic.UnsafeArtifact) as caught:
            call()
        return caught.exception.report


class Scanning(Case):
    def test_a_file_has_a_report_with_findings(self):
        report = syndic.scan(self.file("m.pkl", self.evil))
        self.assertEqual((report.verdict, report.format, report.is_clean), ("malicious", "pickle", False))
        self.assertEqual(report.findings[0].rule, "artifact.pickle-malicious")
        self.assertIsInstance(report.findings[0].offset, int)
        self.assertEqual(len(report.sha256), 64)
        self.assertIsNone(syndic.scan(self.folder / "m.pkl", hash=False).sha256)

    def test_a_folder_is_as_bad_as_its_worst_file(self):
        self.file("a.pkl", pickle.dumps(CLEAN))
        self.file("b.pkl", self.evil)
        report = syndic.scan(self.folder)
        self.assertEqual((report.verdict, len(report.parts)), ("malicious", 2))

    def test_names_are_not_taken_for_options(self):
        os.chdir(self.folder)
        for name in ("--help", "-"):
            self.file(name, pickle.dumps(CLEAN))
            self.assertTrue(syndic.scan(name).is_clean)
            self.assertEqual(syndic.safe_load(name, "pickle"), CLEAN)

    def test_what_cannot_be_scanned_is_an_error(self):
        with self.assertRaises(syndic.ScanFailed):
            syndic.scan(self.folder / "none")
        path = self.file("m.pkl", pickle.dumps(CLEAN))
        said = '{"path":"m","verdict":"clean","findings":[],"not_inspected":[]}'
        for program in ("exit 0", "exit 1", f"echo '{said}'; exit 1", "echo nonsense", f"echo '{said}'; echo '{said}'"):
            fake = self.file("fake", f"#!/bin/sh\n{program}\n".encode())
            fake.chmod(0o755)
            os.environ["SYNDIC_BINARY"] = str(fake)
            try:
                with self.assertRaises(syndic.ScanFailed, msg=program):
                    syndic.safe_load(path, "pickle")
            finally:
                del os.environ["SYNDIC_BINARY"]


class Loading(Case):
    def test_what_is_clean_is_loaded_by_the_loader_of_its_format(self):
        array = numpy.arange(1000.0)
        path = self.folder / "m.joblib"
        for compress in (0, 3):
            joblib.dump({"a": array}, path, compress=compress)
            loaded = syndic.safe_load(path, "joblib")
            self.assertTrue((loaded["a"] == array).all())
        self.assertEqual(syndic.safe_load(self.file("m.pkl", pickle.dumps(CLEAN))), CLEAN)
        self.assertEqual(syndic.safe_load(pickle.dumps(CLEAN)), CLEAN)
        self.assertEqual(syndic.safe_load(io.BytesIO(pickle.dumps(CLEAN)), pickle.load), CLEAN)

    def test_what_is_not_clean_is_not_loaded(self):
        report = self.refused(lambda: syndic.safe_load(self.file("m.pkl", self.evil)))
        self.assertEqual(report.verdict, "malicious")
        self.refused(lambda: syndic.safe_load(self.evil, "pickle"))
        self.refused(lambda: syndic.safe_load(self.file("cut.pkl", pickle.dumps(CLEAN)[:-2]), "pickle"))
        own = b"\x80\x04\x8c\x08acme_lib\x8c\x05Model\x93."
        self.assertEqual(self.refused(lambda: syndic.safe_load(own, "pickle")).verdict, "unreviewed")
        with self.assertRaises(ImportError):
            syndic.safe_load(own, "pickle", accept=("clean", "unreviewed"))

    def test_what_was_scanned_is_what_is_loaded(self):
        path = self.file("m.pkl", pickle.dumps(CLEAN))

        def exchange_then_load(file):
            path.write_bytes(self.evil)
            os.replace(self.file("other.pkl", self.evil), path)
            return pickle.load(file)

        self.assertEqual(syndic.safe_load(path, exchange_then_load), CLEAN)

    def test_a_file_that_is_exchanged_all_the_time_is_never_loaded_unscanned(self):
        path, stop = self.file("m.pkl", pickle.dumps(CLEAN)), threading.Event()

        def exchange():
            while not stop.is_set():
                for content in (self.evil, pickle.dumps(CLEAN)):
                    (self.folder / "next").write_bytes(content)
                    os.replace(self.folder / "next", path)
                    path.write_bytes(content)

        thread = threading.Thread(target=exchange)
        thread.start()
        outcomes = set()
        try:
            for _ in range(40):
                try:
                    outcomes.add(str(syndic.safe_load(path, "pickle")))
                except syndic.UnsafeArtifact:
                    outcomes.add("refused")
        finally:
            stop.set()
            thread.join()
        self.assertLessEqual(outcomes, {str(CLEAN), "refused"})

    @unittest.skipUnless(sys.platform == "linux", "sealed memory is Linux's")
    def test_the_copy_cannot_be_changed_by_its_path_or_descriptor(self):
        def change(file):
            for write in (lambda: os.pwrite(file.fileno(), b"x", 0), lambda: os.ftruncate(file.fileno(), 0)):
                with self.assertRaises(OSError):
                    write()
            with self.assertRaises(OSError):
                with open(f"/proc/self/fd/{file.fileno()}", "r+b", buffering=0) as again:
                    again.write(b"x")
            return "held"

        self.assertEqual(syndic.safe_load(pickle.dumps(CLEAN), change), "held")

    def test_more_than_the_limit_is_not_copied(self):
        with self.assertRaises(syndic.TooLarge):
            syndic.safe_load(self.file("m.pkl", pickle.dumps(CLEAN)), limit_bytes=10)

    @unittest.skipUnless(hasattr(os, "mkfifo"), "no pipes with names")
    def test_a_pipe_without_a_writer_does_not_hold_us(self):
        os.mkfifo(self.folder / "pipe")
        start = time.monotonic()
        with self.assertRaises(Exception):
            syndic.safe_load(self.folder / "pipe", "pickle")
        self.assertLess(time.monotonic() - start, 10)


class Page(Case):
    def test_the_code_of_the_page_runs(self):
        os.chdir(self.folder)
        self.file("model.pkl", pickle.dumps(CLEAN))
        self.file("untrusted.pkl", self.evil)
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs/python.md").read_text()
        (code,) = [block.split("```")[0] for block in page.split("```python\n")[1:]]
        names = {}
        with contextlib.redirect_stdout(io.StringIO()) as said:
            exec(code, names)
        self.assertEqual(names["model"], CLEAN)
        self.assertIn("malicious", said.getvalue())


class Guarding(Case):
    def test_joblib_asks_first_and_loads_the_same(self):
        path, array = self.folder / "m.joblib", numpy.arange(1000.0)
        joblib.dump({"a": array}, path)
        before = joblib.load
        with syndic.guard():
            self.assertTrue((joblib.load(path)["a"] == array).all())
            mapped = joblib.load(path, mmap_mode="r")["a"]
            self.assertIsInstance(mapped, numpy.memmap)
            self.refused(lambda: joblib.load(self.file("evil.joblib", self.evil)))
        self.assertTrue((mapped == array).all())
        self.assertIs(joblib.load, before)

    def test_pickle_asks_first_if_it_is_named_and_leaves_the_file_where_it_would(self):
        path = self.file("two.pkl", pickle.dumps(CLEAN) + pickle.dumps([1]))
        with syndic.guard("pickle"):
            with open(path, "rb") as file:
                self.assertEqual((pickle.load(file), pickle.load(file)), (CLEAN, [1]))
            self.assertEqual(pickle.loads(pickle.dumps(CLEAN)), CLEAN)
            self.refused(lambda: pickle.loads(self.evil))
            self.refused(lambda: pickle.load(io.BytesIO(self.evil)))

    @unittest.skipUnless(torch, "torch is not installed")
    def test_torch_asks_first_and_loads_the_same(self):
        path, tensor = self.folder / "m.pt", None
        tensor = torch.arange(12.0).reshape(3, 4)
        for zipped in (True, False):
            torch.save({"w": tensor}, path, _use_new_zipfile_serialization=zipped)
            with syndic.guard():
                self.assertTrue(torch.equal(torch.load(path, map_location="cpu")["w"], tensor))
                self.assertTrue(torch.equal(torch.load(io.BytesIO(path.read_bytes()))["w"], tensor))
            self.assertTrue(torch.equal(syndic.safe_load(path)["w"], tensor))
            torch.save({"w": tensor, "x": Payload(self.marker)}, path, _use_new_zipfile_serialization=zipped)
            with syndic.guard():
                self.refused(lambda: torch.load(path))
            self.refused(lambda: syndic.safe_load(path, "torch"))


if __name__ == "__main__":
    ran = unittest.main(exit=False, verbosity=1).result
    failed = len(ran.failures) + len(ran.errors)
    print(f"{ran.testsRun - failed - len(ran.skipped)} passed, {failed} failed, {len(ran.skipped)} skipped")
    sys.exit(1 if failed else 0)
