#!/usr/bin/env python3
"""Records the tool at work as moving pictures for the guide: real runs on terminals of their own, as SVG that needs no script.

    record.py BOWLINE DIRECTORY [SCENE...]    writes DIRECTORY/SCENE.svg, by the program BOWLINE: target/release/bowline

Needs `pip install pyte`, which understands what a terminal is told. A viewer that does not move shows the frame in the middle.
"""
import pathlib
import sys
import tempfile

import relay
import scene
import svg

MEBI = 1 << 20


def transfer(stage):
    """Two files, over a link that lets 12 MiB/s through: this machine's own would be done before anybody sees a bar."""
    stage.file("film.mov", 60 * MEBI)
    stage.file("notes.txt", 3)
    stage.directory("inbox")
    with relay.slow(("127.0.0.1", 4001), ("127.0.0.1", 4000), 12 * MEBI):
        receiving = stage.run("bowline receive tcp://127.0.0.1:4000 inbox", rows=7)
        stage.watch(receiving, until="listening")
        sending = stage.run("bowline send tcp://127.0.0.1:4001 film.mov notes.txt", rows=5)
        stage.watch(sending)
        stage.watch(receiving)


def bench(stage):
    """Four clients against a server that echoes."""
    serving = stage.run("bowline serve unix:///tmp/echo.sock", rows=11)
    stage.watch(serving, until="listening")
    loading = stage.run("bowline bench unix:///tmp/echo.sock --clients 4 --depth 8 --size 1k --duration 6s", rows=6)
    stage.watch(loading)
    serving.interrupt()
    stage.watch(serving)


SCENES = {"transfer": transfer, "bench": bench}


def main():
    program, directory, *names = sys.argv[1:]
    for name in names or SCENES:
        with tempfile.TemporaryDirectory() as folder:
            stage = scene.Stage(pathlib.Path(program).resolve(), pathlib.Path(folder))
            try:
                SCENES[name](stage)
            finally:
                stage.clear()
        picture = pathlib.Path(directory, f"{name}.svg")
        picture.write_text(svg.movie(stage.frames, scene.COLUMNS, SCENES[name].__doc__))
        print(f"{picture}: {len(stage.frames)} frames, {picture.stat().st_size} bytes")


main()
