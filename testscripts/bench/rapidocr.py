"""Reads pictures with the Python package RapidOCR, in several processes at a time.

    python rapidocr.py DIR ROUNDS PROCESSES

DIR has pictures and an expected.json that names them. Prints how many pictures
a second were read, loading apart. Every process has one thread, as the server
that it is compared with has one a run; pages are taken at their own size, as
the server does.
"""

import json
import multiprocessing
import os
import sys
import time


def read(barrier, ends, pictures, rounds, index, processes):
    import cv2
    from rapidocr_onnxruntime import RapidOCR

    cv2.setNumThreads(1)
    engine = RapidOCR(det_limit_type="max", intra_op_num_threads=1, inter_op_num_threads=1)
    engine(pictures[0])
    barrier.wait()
    start = time.time()
    for picture in (pictures * rounds)[index::processes]:
        engine(picture)
    ends.put((start, time.time()))


def main():
    folder, rounds, processes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as f:
        names = sorted(json.load(f))
    pictures = []
    for name in names:
        with open(os.path.join(folder, name), "rb") as f:
            pictures.append(f.read())
    barrier, ends = multiprocessing.Barrier(processes), multiprocessing.Queue()
    workers = [multiprocessing.Process(target=read, args=(barrier, ends, pictures, rounds, i, processes))
               for i in range(processes)]
    for w in workers:
        w.start()
    times = [ends.get() for _ in workers]
    for w in workers:
        w.join()
    print(len(pictures) * rounds / (max(end for _, end in times) - min(start for start, _ in times)))


if __name__ == "__main__":
    main()
