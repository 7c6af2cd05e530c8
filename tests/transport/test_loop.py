"""The loop of a channel: ending it may never make a finalizer wait."""

import asyncio
import threading

from ptedi.transport.loop import Loop


def test_abandoning_a_busy_loop_does_not_wait() -> None:
    loop, busy, go = Loop(), threading.Event(), threading.Event()

    async def block() -> None:
        busy.set()
        go.wait(30)

    worker = threading.Thread(target=lambda: loop.run(block()), daemon=True)
    worker.start()
    assert busy.wait(30)
    done: list[str] = []
    thread = loop._thread
    loop.abandon(lambda: done.append("last"))  # the loop's thread is blocked: waiting would never end
    assert done == []
    go.set()
    assert thread is not None
    thread.join(30)
    assert done == ["last"]


def test_a_loop_is_used_again_after_its_end() -> None:
    loop = Loop()
    assert loop.run(asyncio.sleep(0, "one")) == "one"
    loop.close()
    loop.abandon(lambda: None)
    assert loop.run(asyncio.sleep(0, "two")) == "two"
    loop.close()
