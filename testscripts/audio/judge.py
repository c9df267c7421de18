"""Compares what the decoders of #Audio make of generated recordings with what libsndfile
makes of them (mpg123 and libvorbis), and with what was recorded.

    python judge.py FOLDER PROGRAM

FOLDER is made, PROGRAM is this folder's, built. The family is the same at each run."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

import frames

RATES = (44100, 48000, 32000, 22050, 24000, 16000, 11025, 12000, 8000)
# The most that a sample may differ by, and the mean square: full accuracy by ISO/IEC
# 11172-4, 2.6, where a full range is 2.
MOST, MEAN = 2**-15, 2**-17


def recording(rng, rate, channels):
    """Tones that rise, noise that comes and goes, and clicks."""
    n = int(rate * rng.uniform(0.3, 0.6))
    t = np.arange(n) / rate
    x = np.stack([rng.uniform(0.1, 0.4) * np.sin(2 * np.pi * rng.uniform(100, rate / 8) * t * (1 + t)) for _ in range(channels)], 1)
    x += 0.2 * rng.standard_normal((n, channels)) * (np.sin(2 * np.pi * 5 * t) > 0.6)[:, None]
    for at in range(n // 4, n - 40, n // 5):
        x[at:at + 40] += 0.4 * rng.standard_normal((40, channels))
    return x


def make(rng, folder):
    """Encodes recordings; the files, and what must be said of those that are refused."""
    refused = {}
    for rate in RATES:
        for channels in (1, 2):
            for mode in ("CONSTANT", "AVERAGE", "VARIABLE"):
                for level in (0.0, 0.6):
                    x = recording(rng, rate, channels)
                    soundfile.write(folder / f"mp3_{rate}_{channels}_{mode}_{level}.mp3", x, rate, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode=mode, compression_level=level)
    whole = (folder / "mp3_44100_2_VARIABLE_0.6.mp3").read_bytes()
    for name, data, why in (
        ("cut", whole[:-100], "it ends early"),
        ("half", whole[: len(whole) // 2], "it ends early"),
        ("between", whole[:1500] + b"\0\xff\xfb" + whole[1500:], "something else"),
        ("twice", whole + whole, "not the"),
        ("middle", whole[len(whole) // 2:], "no frame"),
    ):
        refused[f"broken_{name}.mp3"] = why
        (folder / f"broken_{name}.mp3").write_bytes(data)
    (folder / "tagged.mp3").write_bytes(b"ID3\x04\0\0\0\0\x00\x40" + bytes(64) + whole + b"TAG" + bytes(125))
    for channels in range(1, 9):
        soundfile.write(folder / f"vorbis_{channels}.ogg", recording(rng, 48000, channels), 48000, format="OGG", subtype="VORBIS")
    frames.family(rng, folder, 1)
    return refused


def main(folder, program):
    folder.mkdir(parents=True)
    refused = make(np.random.default_rng(9), folder)
    wrong, most, mean, compared = [], 0.0, 0.0, 0
    for line in subprocess.run([program, folder], check=True, capture_output=True, text=True).stdout.splitlines():
        r = json.loads(line)
        name, error = r["file"], r.get("error", "")
        if name in refused:
            if refused[name] not in error:
                wrong.append(f"{name}: {error or 'is read'}, want {refused[name]}")
            continue
        if error:
            wrong.append(f"{name}: {error}")
            continue
        got = np.fromfile(folder / (name + ".f32"), np.float32).reshape(r["channels"], -1).T.astype(float)
        want, rate = soundfile.read(folder / name, dtype="float32", always_2d=True)
        if got.shape != want.shape or rate != r["rate"]:
            wrong.append(f"{name}: {got.shape} at {r['rate']}, want {want.shape} at {rate}")
            continue
        compared += 1
        scale = max(1.0, np.abs(want).max())
        error = np.abs(got - want).max() / scale
        square = np.sqrt(((got - want) ** 2).mean()) / scale
        most, mean = max(most, error), max(mean, square)
        if error > MOST or square > MEAN:
            wrong.append(f"{name}: differs by {error:.2g}, {square:.2g} in the mean")
    print(f"{compared} recordings differ by {most:.2g} at most, {mean:.2g} in the mean; {len(refused)} are refused")
    if wrong or compared < 150:
        sys.exit("\n".join(wrong) or "too few recordings")


main(Path(sys.argv[1]), sys.argv[2])
