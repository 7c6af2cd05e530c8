"""Walks one transaction set along its guide; what does not fit is explained once and stepped over."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from ptedi.findings import Finding, Rule
from ptedi.x12 import resync, rules
from ptedi.x12.automaton import Automaton, Choice, Hop, State
from ptedi.x12.block import Block
from ptedi.x12.branches import Row
from ptedi.x12.delimiters import Delimiters
from ptedi.x12.explain import judge
from ptedi.x12.loops import WRAPPERS, Child, Loop, Node, loop_id
from ptedi.x12.missing import Missed
from ptedi.x12.numbering import Counter, Numbering
from ptedi.x12.places import Places
from ptedi.x12.recovery import IDENTIFIER, Recovery

UNKNOWN = 0
MOST_FINDINGS = 10_000  # of one set; more are only counted
ENVELOPE = frozenset({"ISA", "GS", "ST", "GE", "IEA"})


class Walker:
    """The walk through one set."""

    def __init__(self, automaton: Automaton, index: int, delimiters: Delimiters) -> None:
        self.automaton, self.base, self.delimiters = automaton, index - 1, delimiters
        self.findings: list[Finding] = []
        self.told = self.glued = 0
        self.state, self.stack = automaton.start(), list[State]()
        self.missed: list[Missed] = []
        self.claims = 0
        self.claim_text, self.claim_depth, self.claim_index = "", 0, 0
        self.unlisted: dict[str, Places] = {}
        self.index, self.offset, self.text = index, 0, ""
        self.following: str | None = None
        self.before = ("", 0)
        self.numbering, self.recovery = Numbering(self), Recovery(self)
        self.ended: str | None = None
        self.special: dict[str, Callable[[str], None]] = {
            "claim": self._claim, "hl": self.numbering.level, "line": self.numbering.line,
        }  # fmt: skip

    def open(self, text: str, offset: int) -> None:
        """Takes the ST segment."""
        self.text, self.offset = text, offset
        root = self.automaton.root
        self.state = self.automaton.state(
            root, root.children[0].position, tuple(int(child is root.head) for child in root.children))
        assert root.head is not None  # noqa: S101 - ST
        if root.head.pattern.fullmatch(text) is None:
            self._judge(root.head, text)
            also = self.automaton.guide.also
            self.findings = [f for f in self.findings if not (f.element == "ST03" and f.value in also)]

    def walk(self, block: Block, at: int) -> int:  # noqa: PLR0912, PLR0915 - the hot loop
        """Walks through the texts of a block from `at`; returns the place after SE or of an envelope segment."""
        texts, first, stack = block.texts, block.first, self.stack
        offset_of = block.offset
        state = self.state
        memo = state.memo
        base = self.base
        numbered = enumerate(texts[at:] if at else texts, at)
        for i, text in numbered:
            hop = memo.get(text)
            if hop is None:
                prefix = text[:3]
                here, depth = state, len(stack)
                while True:  # this loop, then the ones around it, until one has a place for the segment
                    way = here.hops.get(prefix, UNKNOWN)
                    if way.__class__ is Hop:
                        hop = way
                    elif way.__class__ is Choice:
                        hop = way.pick(text, here)
                    else:
                        hop = None if way is None else here.find(prefix, text)
                    if hop is not None or not depth:
                        break
                    depth -= 1
                    here = stack[depth]
                if (
                    hop is None or not hop.clean or hop.match(text) is None
                    or (depth < len(stack) and (state.lacks or self.missed or self._lacks(depth)))
                ):  # fmt: skip
                    self.before = (texts[i - 1], block.offsets[i - 1]) if i else ("", 0)
                    self.state, self.text = state, text
                    self.index, self.offset = first + i, block.offsets[i]
                    self.following = texts[i + 1] if i + 1 < len(texts) else block.following
                    if not self._slow(hop, depth):
                        return i
                    if self.ended is not None:
                        return i + 1
                    state = self.state
                    memo = state.memo
                    continue
                if depth < len(stack):
                    del stack[depth:]
                elif hop.room and self.automaton.room:
                    hop.room -= 1
                    self.automaton.room -= 1
                    memo[text] = hop
                if hop.push:
                    stack += hop.push
                if hop.special:
                    self.state, self.index, self.text = hop.goto, first + i, text
                    self.offset = offset_of(i)
                    if hop.special == "end":
                        self.ended = text
                        return i + 1
                    self.special[hop.special](text)
            if hop.handler is not None:
                hop.handler(text, first + i, first + i - base, offset_of(i))
            if hop.runs is not None and not self.missed and (taken := self._run(hop, block, i + 1)):
                next(islice(numbered, taken - 1, taken), None)
                state = self.state
                memo = state.memo
                continue
            if hop.branches is not None and not self.missed and (taken := Row(self, hop, block, i + 1).take()):
                next(islice(numbered, taken - 1, taken), None)
                state = self.state
                memo = state.memo
                continue
            state = hop.goto
            memo = state.memo
        self.state = state
        return len(texts)

    def _run(self, hop: Hop, block: Block, at: int) -> int:
        """Takes what the listener offers to take at once; returns how many segments that was."""
        texts, taker = block.ahead, hop.runs
        run = None if taker is None else taker.offer(texts, at)
        if taker is None or run is None:
            return 0
        passage = hop.goto.passages.get(run.shape) or hop.goto.passage(
            run.shape, texts[at + run.start : at + run.length])
        if passage is None:
            return 0
        self.claims += run.claims
        self.claim_text, self.claim_depth = texts[at + run.claim], len(self.stack) + passage.claim_depth
        self.claim_index = block.first + at + run.claim
        self.stack += passage.frames
        self.state = passage.state
        last = at + run.line
        self.index, self.text, self.offset = block.first + last, texts[last], block.offset(last)
        if run.lines:
            self.numbering.lines = Counter(run.lines, run.lines + 1, (self.index, str(run.lines)))
        taker.take(run, texts, at, block.first + at - self.base)
        return run.length

    def _lacks(self, depth: int) -> bool:
        for state in self.stack[depth + 1 :]:
            if state.lacks:
                return True
        return False

    # --- findings ---

    @property
    def claim(self) -> str | None:
        """CLM01 or CLP01 of the claim we are in."""
        if not self.claim_text or len(self.stack) < self.claim_depth:
            return None
        parts = self.claim_text.split("*", self.automaton.claim_element + 1)
        return parts[self.automaton.claim_element][:50] if len(parts) > self.automaton.claim_element else None

    def bad(self, rule: Rule, message: str, **where: object) -> None:
        """A finding at the current segment unless `where` says otherwise."""
        where.setdefault("segment", self.text.partition("*")[0][:3])
        where.setdefault("segment_index", self.index)
        where.setdefault("byte_offset", self.offset)
        where.setdefault("claim", self.claim)
        where.setdefault("loop", self.state.loop.id if self.state.loop.id != "ST_LOOP" else None)
        self.told += 1
        index = where["segment_index"]
        if len(self.findings) >= MOST_FINDINGS:
            place = self.claim_index if where["claim"] else int(str(index))
            self.unlisted.setdefault(rule.code, Places()).add(max(0, place - self.base))
            return
        self.findings.append(
            rules.finding(rule, message, segment_position=int(str(index)) - self.base, **where))

    def _judge(self, node: Node, text: str) -> None:
        for fault in judge(node, text, self.delimiters):
            self.bad(fault.rule, fault.message, loop=loop_id(node.loop), element=fault.ref or None,
                     value=fault.value[:80] or None, allowed=fault.allowed)  # fmt: skip

    def leave(self, depth: int) -> None:
        """Tells what the loops deeper than `depth` lack, innermost first."""
        frames = [*self.stack[depth + 1 :], self.state]
        for level, state in reversed(list(enumerate(frames, depth + 1))):
            late = [missed for missed in self.missed if missed.depth == level]
            lacking = [Missed(level, state.loop, child, self.index, self.offset) for child in state.lacking()]
            everything = late + lacking
            if len(everything) > 1 and sum(state.seen) == 1:
                self._tell_missing(everything[:1], also=[m.child for m in everything[1:]])
            else:
                self._tell_missing(everything)
        self.missed = [missed for missed in self.missed if missed.depth <= depth]

    def _tell_missing(self, missing: list[Missed], also: list[Child] | None = None) -> None:
        more = "".join(f", {child.id}" for child in also or ())
        for one in missing:
            child, place = one.child, {"segment_index": one.index, "byte_offset": one.offset}
            if isinstance(child, Loop):
                path = child.doors()[0]
                entered = next((loop for loop in path[0] if loop.id not in WRAPPERS), None)
                if entered is None:
                    self.bad(rules.MISSING, f"{path[1].id} ({path[1].spec.name}) is required and missing.",
                             loop=loop_id(path[1].loop), segment=path[1].id, **place)  # fmt: skip
                    continue
                self.bad(rules.LOOP_MISSING, f"Loop {entered.id} ({entered.name}) is required and missing{more}.",
                         loop=entered.id, segment=path[1].id, **place)
            else:
                name = f"{child.id} ({child.spec.name})"
                self.bad(rules.MISSING, f"{name} is required in loop {one.loop.id} and missing{more}.",
                         loop=loop_id(one.loop), segment=child.id, **place)  # fmt: skip

    def finish(self, *, cut: bool) -> list[Finding]:
        """Ends the walk; in a set that was cut off nothing is missing but its end."""
        if not cut:
            self.numbering.close(0)
            self.leave(-1)
        self.findings.sort(key=lambda finding: finding.segment_index or 0)
        return self.findings

    # --- segments that need more than a step ---

    def _slow(self, hop: Hop | None, depth: int) -> bool:
        """Takes a segment off the fast path; False when it belongs to the envelope."""
        text = self.text
        name = text.partition("*")[0]
        if hop is not None and name == hop.node.id:
            if self._is_stray(hop, depth):
                self.recovery.refuse(name)
            else:
                self.commit(hop, depth)
            return True
        if name in ENVELOPE:
            return False
        if "*" not in text and IDENTIFIER.fullmatch(name):
            hop, depth = self.search(text + "*")
            if hop is not None:
                self.commit(hop, depth)
                return True
        self.recovery.unplaced(name)
        self.state = self.automaton.trim(self.stack, self.state)
        return True

    def search(self, text: str) -> tuple[Hop | None, int]:
        """The ordinary search: this loop, then the ones around it."""
        prefix = text[:3]
        for depth in range(len(self.stack), -1, -1):
            state = self.state if depth == len(self.stack) else self.stack[depth]
            hop = state.find(prefix, text)
            if hop is not None and text.partition("*")[0] == hop.node.id:
                return hop, depth
        return None, 0

    def _is_stray(self, hop: Hop, depth: int) -> bool:
        """Whether a step that leaves something required behind is better explained by a segment too many here.

        That is so when the next segment fits without this one, and does not fit behind it.
        """
        leaves = depth < len(self.stack) and (self.state.lacks or self._lacks(depth))
        if depth == len(self.stack) and (not hop.push or hop.node.loop.id in WRAPPERS):
            return False  # out of sequence in its own loop, the usual slip
        if not (leaves or hop.missed or hop.skipped) or not self.fits_without():
            return False
        text = self.following or ""
        frames = [*self.stack[:depth], *hop.push, hop.goto]
        return not resync.goes_on(frames, text)

    def fits_without(self) -> bool:
        """Whether the next segment fits where we are, as if this one were not there."""
        return self.following is not None and resync.goes_on([*self.stack, self.state], self.following)

    def commit(self, hop: Hop, depth: int) -> None:
        """Takes a step with all it entails."""
        stack, text = self.stack, self.text
        self.recovery.forget()
        if depth < len(stack):
            inner = stack[depth + 1] if depth + 1 < len(stack) else self.state
            if not (hop.again and inner.loop is hop.child and sum(inner.seen) == 1):
                self.leave(depth)
            self.state = stack[depth]
            del stack[depth:]
        self.pass_over(hop)
        again = hop.again
        stack += hop.push
        self.state = hop.goto
        if hop.special == "end":
            self.ended = text
            return
        if hop.special:
            self.special[hop.special](text)
        if again:
            self.too_many(hop.child, hop.node)
        if hop.node.usage == "N":
            self.bad(rules.NOT_USED, f"{hop.node.id} is not used in loop {hop.node.loop.id}.")
        if again and hop.match(text) is None:
            self.tell_failed(hop)  # one too many is enough said of it
        else:
            self.deliver(hop, text)
        self.state = self.automaton.trim(stack, self.state)

    def tell_failed(self, hop: Hop) -> None:
        """Tells the listener of a segment whose elements are in error."""
        if hop.failed is not None:
            hop.failed(self.text, self.index, self.index - self.base, self.offset)

    def pass_over(self, hop: Hop) -> None:
        """Remembers required children passed over; they may still come late."""
        depth = len(self.stack)
        for child in hop.missed:
            self.missed.append(Missed(depth, self.state.loop, child, self.index, self.offset))
        for deeper, loop, child in hop.skipped:
            self.missed.append(Missed(depth + deeper, loop, child, self.index, self.offset))

    def deliver(self, hop: Hop, text: str) -> None:
        """Judges a placed segment and tells the listener of it."""
        before = self.told
        if hop.match(text) is None:
            if self.recovery.glued(hop):
                return
            self._judge(hop.node, text)
        handler = hop.handler if self.told == before else hop.failed
        if handler is not None:
            handler(text, self.index, self.index - self.base, self.offset)

    def too_many(self, child: Child, node: Node) -> None:
        """The finding for one more than allowed."""
        if isinstance(child, Loop):
            self.bad(rules.LOOP_TOO_MANY, f"Loop {child.id} may come {child.most} times, this is one more.",
                     loop=child.id)
        else:
            self.bad(rules.TOO_MANY, f"{node.id} ({node.spec.name}) may come {child.most} times, this is one more.",
                     loop=loop_id(node.loop))

    def _claim(self, text: str) -> None:
        self.claims += 1
        self.claim_text, self.claim_depth, self.numbering.lines = text, len(self.stack), Counter()
        self.claim_index = self.index
