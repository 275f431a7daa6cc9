"""One `Memory` serves many threads, also while another process writes the index."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conftest import cli_environment, write_files

from engrep.engine.errors import NotFoundError
from engrep.engine.memory import Memory


def write_turn(root: Path, turn: int) -> None:
    """Write files in which every function belongs to one turn."""
    for number in range(20):
        path = root / f"m{number}.py"
        path.write_text(
            f"def steady_{number}():\n    return turn_{turn}()\ndef turn_{turn}():\n    pass\n", encoding="utf-8"
        )


def test_threads_search_while_another_process_indexes(tmp_path: Path) -> None:
    """Every answer is of one state: old or new, never a mixture, and never an error."""
    write_turn(tmp_path, 1)
    stop = threading.Event()

    def ask(memory: Memory) -> int:
        asked = 0
        while not stop.is_set() or asked < 3:
            found = memory.search("steady function of a turn", limit=20)
            assert found.index.files == 20
            for name in ("turn_1", "turn_2"):
                assert len(memory.symbol(name).hits) in {0, 20}
                with contextlib.suppress(NotFoundError):  # it is of the other state
                    assert memory.callers(name, limit=5).shown <= 5
            asked += 1
        return asked

    with Memory.open(tmp_path) as memory, ThreadPoolExecutor(8) as pool:
        memory.index()
        asking = [pool.submit(ask, memory) for _ in range(8)]
        try:
            for turn in (2, 1, 2):
                write_turn(tmp_path, turn)
                command = [sys.executable, "-m", "engrep", "index", str(tmp_path)]
                subprocess.run(command, env=cli_environment(), check=True, capture_output=True)
        finally:
            stop.set()
        assert all(job.result() >= 3 for job in asking)
        assert len(memory.symbol("turn_2").hits) == 20
        assert memory.symbol("turn_1").hits == ()


def test_threads_that_end_leave_no_connection_behind(tmp_path: Path) -> None:
    """A server that starts a thread for every question keeps as many connections as threads that live."""
    write_files(tmp_path, "#- a.py\ndef qwertz(): return 1\n")
    with Memory.open(tmp_path) as memory:
        memory.index()
        for _ in range(30):
            thread = threading.Thread(target=memory.search, args=("qwertz",))
            thread.start()
            thread.join()
        assert len(memory._code._connections) <= 2
        assert memory.search("qwertz").hits


def test_a_closed_memory_opens_again(tmp_path: Path) -> None:
    """Closing gives the files back; the next question opens them again."""
    write_files(tmp_path, "#- a.py\ndef qwertz(): return 1\n")
    memory = Memory.open(tmp_path)
    memory.index()
    memory.close()
    assert memory.search("qwertz").hits
    memory.close()
    memory.close()
