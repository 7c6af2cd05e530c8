"""Walks one transaction set along its guide; what does not fit is explained once and stepped over."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ptedi.findings import Finding, Rule
from ptedi.x12 import resync, rules
from ptedi.x12.automaton import WRAPPERS, Automaton, Child, Hop, Loop, Node, State
from ptedi.x12.delimiters import Delimiters
from ptedi.x12.explain import judge
from ptedi.x12.stream import Block

ENVELOPE = frozenset({"ISA", "GS", "ST", "GE", "IEA"})
_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")
NO_HANDLERS: tuple[()] = ()


@dataclass(slots=True)
class Missed:
    """A required child passed over: told when its loop ends, unless it comes after all."""

    depth: int
    loop: Loop
    child: Child
    index: int
    offset: int


@dataclass(slots=True)
class Counter:
    """A running number, and what the next one may also be after a wrong one."""

    count: int = 0
    other: int = -1
    last: tuple[int, str] = (-1, "")  # index and value, to know a segment sent twice


@dataclass(slots=True)
class Level:
    """An open HL: its depth in the stack, its number (as sent, as counted), HL04, its place, whether one came below."""

    depth: int
    numbers: tuple[str, ...]
    child_code: str
    index: int
    offset: int
    parent: bool = False


class Walker:
    """The walk through one set."""

    def __init__(self, automaton: Automaton, index: int, delimiters: Delimiters) -> None:
        self.automaton, self.base, self.delimiters = automaton, index - 1, delimiters
        self.findings: list[Finding] = []
        self.state, self.stack = automaton.start(), list[State]()
        self.missed: list[Missed] = []
        self.levels: list[Level] = []
        self.hls, self.lines = Counter(), Counter()
        self.claims = 0
        self.claim_text, self.claim_depth = "", 0
        self.index, self.offset, self.text = index, 0, ""
        self.following: str | None = None
        self.before = ("", 0)
        self.candidates: list[resync.Candidate] = []
        self.swallow: frozenset[str] = frozenset()
        self.refused = ""
        self.ended: str | None = None
        self._special: dict[str, Callable[[str], None]] = {"claim": self._claim, "hl": self._hl, "line": self._line}

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

    def walk(self, block: Block, at: int, following: str | None) -> int:
        """Walks through the texts of a block from `at`; returns the place after SE or of an envelope segment."""
        texts, first, stack = block.texts, block.first, self.stack
        offsets = block.offsets if self.automaton.handlers else None
        state = self.state
        memo = state.memo
        base = self.base
        for i, text in enumerate(texts[at:] if at else texts, at):
            hop = memo.get(text)
            if hop is None:
                prefix = text[:3]
                here, depth = state, len(stack)
                way = here.hops.get(prefix)
                hop = way if way.__class__ is Hop else here.find(prefix, text)
                while hop is None and depth:
                    depth -= 1
                    here = stack[depth]
                    way = here.hops.get(prefix)
                    hop = way if way.__class__ is Hop else here.find(prefix, text)
                if (
                    hop is None or not hop.clean or hop.match(text) is None
                    or (depth < len(stack) and (state.lacks or self.missed or self._lacks(depth)))
                ):  # fmt: skip
                    self.before = (texts[i - 1], block.offsets[i - 1]) if i else ("", 0)
                    self.state, self.text = state, text
                    self.index, self.offset = first + i, block.offsets[i]
                    self.following = texts[i + 1] if i + 1 < len(texts) else following
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
                    self.offset = block.offsets[i]
                    if hop.special == "end":
                        self.ended = text
                        return i + 1
                    self._special[hop.special](text)
            if hop.handler is not None:
                hop.handler(text, first + i, first + i - base, offsets[i])  # type: ignore[index]
            state = hop.goto
            memo = state.memo
        self.state = state
        return len(texts)

    def _lacks(self, depth: int) -> bool:
        return any(state.lacks for state in self.stack[depth + 1 :])

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
        index = where["segment_index"]
        self.findings.append(
            rules.finding(rule, message, segment_position=int(str(index)) - self.base, **where))

    def _judge(self, node: Node, text: str) -> None:
        for fault in judge(node, text, self.delimiters):
            self.bad(fault.rule, fault.message, loop=loop_id(node.loop), element=fault.ref or None,
                     value=fault.value[:80] or None, allowed=fault.allowed)  # fmt: skip

    def _leave(self, depth: int) -> None:
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
            self._close_levels(0)
            self._leave(-1)
        self.findings.sort(key=lambda finding: finding.segment_index or 0)
        return self.findings

    # --- segments that need more than a step ---

    def _slow(self, hop: Hop | None, depth: int) -> bool:
        """Takes a segment off the fast path; False when it belongs to the envelope."""
        text = self.text
        name = text.partition("*")[0]
        if hop is not None and name == hop.node.id:
            if self._is_stray(hop, depth):
                self._refuse(name)
            else:
                self.commit(hop, depth)
            return True
        if name in ENVELOPE:
            return False
        if "*" not in text and _ID.fullmatch(name):
            hop, depth = self._find(text + "*")
            if hop is not None:
                self.commit(hop, depth)
                return True
        self._unplaced(name)
        self.state = self.automaton.trim(self.stack, self.state)
        return True

    def _find(self, text: str) -> tuple[Hop | None, int]:
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
        self.candidates, self.swallow = [], frozenset()
        if depth < len(stack):
            inner = stack[depth + 1] if depth + 1 < len(stack) else self.state
            if not (hop.again and inner.loop is hop.child and sum(inner.seen) == 1):
                self._leave(depth)
            self.state = stack[depth]
            del stack[depth:]
        self._pass_over(hop)
        again = hop.again
        stack += hop.push
        self.state = hop.goto
        if hop.special == "end":
            self.ended = text
            return
        if hop.special:
            self._special[hop.special](text)
        if again:
            self._too_many(hop.child, hop.node)
        if hop.node.usage == "N":
            self.bad(rules.NOT_USED, f"{hop.node.id} is not used in loop {hop.node.loop.id}.")
        if again:
            self._tell_failed(hop)
        else:
            self._deliver(hop, text)
        self.state = self.automaton.trim(stack, self.state)

    def _tell_failed(self, hop: Hop) -> None:
        if hop.failed is not None:
            hop.failed(self.text, self.index, self.index - self.base, self.offset)

    def _pass_over(self, hop: Hop) -> None:
        """Remembers required children passed over; they may still come late."""
        depth = len(self.stack)
        for child in hop.missed:
            self.missed.append(Missed(depth, self.state.loop, child, self.index, self.offset))
        for deeper, loop, child in hop.skipped:
            self.missed.append(Missed(depth + deeper, loop, child, self.index, self.offset))

    def _deliver(self, hop: Hop, text: str) -> None:
        before = len(self.findings)
        if hop.match(text) is None:
            self._judge(hop.node, text)
        handler = hop.handler if len(self.findings) == before else hop.failed
        if handler is not None:
            handler(text, self.index, self.index - self.base, self.offset)

    def _too_many(self, child: Child, node: Node) -> None:
        if isinstance(child, Loop):
            self.bad(rules.LOOP_TOO_MANY, f"Loop {child.id} may come {child.most} times, this is one more.",
                     loop=child.id)
        else:
            self.bad(rules.TOO_MANY, f"{node.id} ({node.spec.name}) may come {child.most} times, this is one more.",
                     loop=loop_id(node.loop))

    # --- segments without a place ---

    def _unplaced(self, name: str) -> None:
        """One finding for a segment the guide has no place for here, and the likeliest place to go on from."""
        if not _ID.fullmatch(name) or name not in self.automaton.ids:
            self._misspelled(name)
            return
        for candidate in self.candidates:
            if resync.fits(candidate, self.text):
                self._enter(candidate, told=self.refused)
                return
        self.candidates = []
        plan = resync.plan(self)
        if plan is None:
            if name in self.swallow:
                return
            self._refuse(name)
        else:
            self._follow(plan)

    def _misspelled(self, name: str) -> None:
        """An identifier the guide does not know; where it is a slip of one that is due, that one is taken as seen."""
        if _ID.fullmatch(name):
            self.bad(rules.UNKNOWN, f"{name} is no segment of this guide.", value=name)
        else:
            self.bad(rules.BAD_ID, "This is no segment identifier.", value=name[:20] or None)
        rest = self.text[len(name) :]
        if not rest:
            return
        for guess in dict.fromkeys((name.upper(), name[:3], name[:2], *resync.due_names(self, name))):
            hop, depth = self._find(guess + rest)
            if hop is not None and hop.clean and hop.match(guess + rest) is not None:
                self.text = guess + rest
                self._quietly(hop, depth)
                return

    def _refuse(self, name: str) -> None:
        """Steps over a segment; when it was the first of a loop, what belongs to that loop goes with it."""
        nodes = self.automaton.ids[name]
        allowed = resync.qualifiers(self, name)
        value = next((node.qualifier(self.text) for node in nodes if node.codes), None)
        known = any(node.accepts(self.text) for node in nodes)
        if known or not allowed:
            self.bad(rules.UNEXPECTED, f"{name} is not expected here.", value=value or None)
        else:
            element = resync.qualifier_ref(nodes)
            self.bad(rules.QUALIFIER, f"{element} is {value!r}, which is not allowed here.", element=element,
                     value=value or None, allowed=allowed)  # fmt: skip
        heads = [node for node in nodes if node.loop.head is node and (not known or node.accepts(self.text))]
        self.swallow = frozenset(node.id for head in heads for node in head.loop.nodes())
        self.candidates = [] if known else resync.loops_headed(self, name)
        self.refused = self.text

    def _follow(self, plan: resync.Plan) -> None:
        match plan.kind:
            case "qualifier":
                node, value = plan.node, plan.node.qualifier(self.text)
                element = resync.qualifier_ref([node])
                hop = plan.state.hop(plan.place, plan.path, node)
                self._quietly(hop, plan.depth)
                self.bad(rules.QUALIFIER, f"{element} is {value!r}, which is not allowed here.", element=element,
                         loop=loop_id(node.loop), value=value or None, allowed=tuple(sorted(node.codes)))  # fmt: skip
            case "headless":
                self._headless(plan)
            case "late":
                self._late(plan)
            case _:
                self._late_loop(plan)

    def _quietly(self, hop: Hop, depth: int) -> None:
        """A step whose own faults are already told."""
        if depth < len(self.stack):
            self._leave(depth)
            self.state = self.stack[depth]
            del self.stack[depth:]
        self._pass_over(hop)
        self.stack += hop.push
        self.state = hop.goto
        if hop.special and hop.special != "end":
            self._special[hop.special](self.text)
        self._tell_failed(hop)

    def _headless(self, plan: resync.Plan) -> None:
        """Enters a loop whose first segment is missing."""
        candidate = resync.Candidate(plan.depth, plan.state, plan.place, plan.path, plan.node)
        loop = resync.headless_loop(candidate)
        head = loop.head
        if head is not None:
            self._enter(candidate, missing=(loop, head))

    def _enter(
        self, candidate: resync.Candidate, missing: tuple[Loop, Node] | None = None, told: str = ""
    ) -> None:
        """Goes on inside a loop without its first segment, which is missing or was `told` to be wrong."""
        self.candidates, self.swallow = [], frozenset()
        if candidate.depth < len(self.stack):
            self._leave(candidate.depth)
            self.state = self.stack[candidate.depth]
            del self.stack[candidate.depth :]
        node = resync.inner_node(candidate, self.text)
        outer = self.automaton.state(
            candidate.state.loop, max(self.state.position, candidate.state.loop.children[candidate.place].position),
            candidate.state.counted(candidate.place))
        for child in resync.passed(self.state, outer.position):
            self.missed.append(Missed(len(self.stack), self.state.loop, child, self.index, self.offset))
        push, goto = self.automaton.entered(outer, node.path, node.node, headless=True)
        depth = len(self.stack) + len(candidate.path)
        self.stack += push
        self.state = goto
        if missing is not None:
            loop, head = missing
            if head.id == "HL":
                self._assume_level(depth)
            if head.path == self.automaton.claim:
                self.claim_text, self.lines = "", Counter()
            if head.path == self.automaton.guide.counted_lines:
                self.lines.count += 1
            self.bad(rules.MISSING, f"{head.id} ({head.spec.name}), the first segment of loop {loop.id}, is missing.",
                     loop=loop.id, segment=head.id)  # fmt: skip
        if told:
            self._head_again(resync.headless_loop(candidate), depth, told)
        hop = Hop(node.node, node.node, [], goto)
        self.automaton.dress(hop)
        if hop.special in ("line", "claim"):
            self._special[hop.special](self.text)
        self._deliver(hop, self.text)

    def _head_again(self, loop: Loop, depth: int, text: str) -> None:
        """What a refused first segment means besides, now that its loop is known."""
        head = loop.head
        if head is None:
            return
        if head.id == "HL":
            self._assume_level(depth, text)
        elif head.path == self.automaton.claim:
            self._claim(text)
        elif head.path == self.automaton.guide.counted_lines:
            self._line(text)

    def _late(self, plan: resync.Plan) -> None:
        """Takes a segment that comes after its place, without leaving where we are."""
        state, place = plan.state, plan.place
        full = state.full(plan.node)
        awaited = [m for m in self.missed if m.depth == plan.depth and m.child is plan.node]
        counted = self.automaton.state(state.loop, state.position, state.counted(place))
        if plan.depth == len(self.stack):
            self.state = counted
        else:
            self.stack[plan.depth] = counted
        if full and not awaited:
            self._too_many(plan.node, plan.node)
        elif not self._early(plan):
            self.bad(rules.OUT_OF_ORDER, f"{plan.node.id} ({plan.node.spec.name}) stands after its place in loop "
                     f"{plan.node.loop.id}.", loop=loop_id(plan.node.loop))  # fmt: skip
        self.missed = [m for m in self.missed if m not in awaited]
        hop = Hop(plan.node, plan.node, [], self.state)
        self.automaton.dress(hop)
        self._deliver(hop, self.text)

    def _early(self, plan: resync.Plan) -> bool:
        """The segment before this one came too early, when what follows is behind its place as well."""
        text, offset = self.before
        if plan.depth != len(self.stack) or not resync.early(plan, text, self.following):
            return False
        state = self.state
        self.state = self.automaton.state(state.loop, plan.node.position, state.seen)
        name = text.partition("*")[0]
        self.bad(rules.OUT_OF_ORDER, f"{name} stands before its place in loop {plan.node.loop.id}.", segment=name,
                 loop=loop_id(plan.node.loop), segment_index=self.index - 1, byte_offset=offset)  # fmt: skip
        return True

    def _late_loop(self, plan: resync.Plan) -> None:
        """Enters a loop that comes after its place; afterwards we are where we were."""
        child = plan.state.loop.children[plan.place]
        full = plan.state.full(child)
        self.missed = [m for m in self.missed if not (m.depth == plan.depth and m.child is child)]
        counted = self.automaton.state(plan.state.loop, plan.state.position, plan.state.counted(plan.place))
        if plan.depth == len(self.stack):
            self.state = counted
        else:
            self.stack[plan.depth] = counted
        push, goto = self.automaton.entered(self.state, plan.path, plan.node)
        self.stack += push
        self.state = goto
        hop = Hop(plan.node, child, [], goto)
        self.automaton.dress(hop)
        if hop.special and hop.special != "end":
            self._special[hop.special](self.text)
        if full:
            self._too_many(child, plan.node)
        else:
            self.bad(rules.OUT_OF_ORDER, f"Loop {plan.node.loop.id} stands after its place.", loop=plan.node.loop.id)
        self._deliver(hop, self.text)

    # --- what some segments mean besides ---

    def _claim(self, text: str) -> None:
        self.claims += 1
        self.claim_text, self.claim_depth, self.lines = text, len(self.stack), Counter()

    def _line(self, text: str) -> None:
        value = text[3:].partition("*")[0]
        if len(value) > 6:
            self.lines.count += 1
            return
        self._number(self.lines, value, rules.LX_NUMBER, "LX01", "line")

    def _number(self, counter: Counter, value: str, rule: Rule, ref: str, what: str) -> None:
        """Compares a running number; after a wrong one the count may go on either way."""
        again, counter.last = counter.last == (self.index - 1, value), (self.index, value)
        if again:
            return  # the doubled segment is told as such
        if value.isascii() and value.isdigit() and len(value) <= 12:
            wanted = counter.count + 1
            said = int(value)
            if said != wanted and said == counter.other:
                wanted = said
            elif said != wanted:
                self.bad(rule, f"{ref} is {value}, this is {what} {wanted}.", element=ref, value=value,
                         allowed=(str(wanted),))  # fmt: skip
            counter.count, counter.other = wanted, said + 1
        else:
            counter.count += 1

    def _hl(self, text: str) -> None:
        elements = [*text.split("*"), "", "", "", ""]
        value, parent, child_code = elements[1], elements[2], elements[4]
        depth = len(self.stack)
        if self.hls.last == (self.index - 1, value) and self.levels and self.levels[-1].depth == depth:
            self.levels.pop()
        self._close_levels(depth)
        self._number(self.hls, value, rules.HL_NUMBER, "HL01", "level")
        self._below(parent)
        self.levels.append(Level(depth, (value, str(self.hls.count)), child_code, self.index, self.offset))

    def _below(self, parent: str) -> None:
        """HL02 names the level above."""
        if self.levels:
            above = self.levels[-1]
            above.parent = True
            if parent.isdigit() and len(parent) < 13 and parent not in above.numbers:
                self.bad(rules.HL_PARENT, f"HL02 is {parent}, the level above is {above.numbers[0]}.", element="HL02",
                         value=parent, allowed=above.numbers[:1])  # fmt: skip

    def _assume_level(self, depth: int, text: str = "") -> None:
        """A level whose HL is missing or wrong still counts."""
        self._close_levels(depth)
        self.hls.count += 1
        self.hls.other = self.hls.count if not text else -1  # the sender may have numbered without it
        if self.levels:
            self.levels[-1].parent = True
        number = text.split("*")[1:2]
        self.levels.append(Level(depth, (str(self.hls.count), *number), "", self.index, self.offset))

    def _close_levels(self, depth: int) -> None:
        while self.levels and self.levels[-1].depth >= depth:
            level = self.levels.pop()
            if level.child_code in ("0", "1") and level.parent != (level.child_code == "1"):
                says = "no level below follows" if level.child_code == "1" else "a level below follows"
                self.bad(rules.HL_CHILD, f"HL04 is {level.child_code}, but {says}.", element="HL04", segment="HL",
                         value=level.child_code, segment_index=level.index, byte_offset=level.offset,
                         allowed=("0" if level.child_code == "1" else "1",), claim=None)  # fmt: skip


def loop_id(loop: Loop) -> str | None:
    """The loop as a finding names it."""
    return None if loop.id == "ST_LOOP" else loop.id
