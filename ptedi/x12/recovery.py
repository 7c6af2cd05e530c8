"""What becomes of a segment the guide has no place for: one finding, and the likeliest place to go on from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptedi.x12 import resync, rules
from ptedi.x12.automaton import Hop
from ptedi.x12.loops import Loop, Node, loop_id
from ptedi.x12.missing import Missed
from ptedi.x12.numbering import Counter

if TYPE_CHECKING:
    from ptedi.x12.walker import Walker

MOST_TRIED = 20_000  # segments without a place in one set; behind them no explanation is looked for
IDENTIFIER = re.compile(r"[A-Z][A-Z0-9]{1,2}")


class Recovery:
    """Steps over or takes in what does not fit, for one walk.

    Attributes:
        candidates: loops the next segment may belong to, when the first segment of one was refused.
        swallow: identifiers that go with a refused first segment.
    """

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.candidates: list[resync.Candidate] = []
        self.swallow: frozenset[str] = frozenset()
        self.refused = ""
        self.count = 0

    def forget(self) -> None:
        """The walk is back on its way."""
        self.candidates, self.swallow = [], frozenset()

    def glued(self, hop: Hop) -> bool:
        """Two segments that became one because the terminator between them is lost are taken as two."""
        walker = self.walker
        first, second = resync.halves(hop.node, walker.text, walker.automaton.ids)
        if not second:
            return False
        following, depth = walker.search(second)
        if following is None or not following.clean or following.match(second) is None:
            return False
        name = second.partition("*")[0]
        walker.bad(rules.GLUED, f"The segment terminator before {name} is lost.", value=name)
        if hop.handler is not None:
            hop.handler(first, walker.index, walker.index - walker.base, walker.offset)
        walker.glued += 1
        walker.text = second
        walker.commit(following, depth)
        return True

    def unplaced(self, name: str) -> None:
        """One finding for a segment the guide has no place for here, and the likeliest place to go on from."""
        walker = self.walker
        self.count += 1
        if self.count > MOST_TRIED:
            walker.bad(rules.UNEXPECTED, f"{name[:3]} is not expected here.", segment=name[:3])
            return
        if not IDENTIFIER.fullmatch(name) or name not in walker.automaton.ids:
            self._misspelled(name)
            return
        for candidate in self.candidates:
            if resync.fits(candidate, walker.text):
                self._enter(candidate, told=self.refused)
                return
        self.candidates = []
        plan = resync.plan(walker)
        if plan is None:
            if name in self.swallow:
                return
            self.refuse(name)
        else:
            self._follow(plan)

    def _misspelled(self, name: str) -> None:
        """An identifier the guide does not know; where it is a slip of one that is due, that one is taken as seen."""
        walker = self.walker
        if IDENTIFIER.fullmatch(name):
            walker.bad(rules.UNKNOWN, f"{name} is no segment of this guide.", value=name)
        else:
            walker.bad(rules.BAD_ID, "This is no segment identifier.", value=name[:20] or None)
        rest = walker.text[len(name) :]
        if not rest:
            return
        for guess in dict.fromkeys((name.upper(), name[:3], name[:2], *resync.due_names(walker, name))):
            hop, depth = walker.search(guess + rest)
            if hop is not None and hop.clean and hop.match(guess + rest) is not None:
                walker.text = guess + rest
                self.quietly(hop, depth)
                return

    def refuse(self, name: str) -> None:
        """Steps over a segment; when it was the first of a loop, what belongs to that loop goes with it."""
        walker = self.walker
        nodes = walker.automaton.ids[name]
        allowed = resync.qualifiers(walker, name)
        value = next((node.qualifier(walker.text) for node in nodes if node.codes), None)
        known = any(node.accepts(walker.text) for node in nodes)
        if known or not allowed:
            walker.bad(rules.UNEXPECTED, f"{name} is not expected here.", value=value or None)
        else:
            element = resync.qualifier_ref(nodes)
            walker.bad(rules.QUALIFIER, f"{element} is {value!r}, which is not allowed here.", element=element,
                     value=value or None, allowed=allowed)  # fmt: skip
        heads = [node for node in nodes if node.loop.head is node and (not known or node.accepts(walker.text))]
        self.swallow = frozenset(node.id for head in heads for node in head.loop.nodes())
        self.candidates = [] if known else resync.loops_headed(walker, name)
        self.refused = walker.text

    def _follow(self, plan: resync.Plan) -> None:
        walker = self.walker
        match plan.kind:
            case "qualifier":
                node, value = plan.node, plan.node.qualifier(walker.text)
                element = resync.qualifier_ref([node])
                hop = plan.state.hop(plan.place, plan.path, node)
                self.quietly(hop, plan.depth)
                walker.bad(rules.QUALIFIER, f"{element} is {value!r}, which is not allowed here.", element=element,
                         loop=loop_id(node.loop), value=value or None, allowed=tuple(sorted(node.codes)))  # fmt: skip
            case "headless":
                self._headless(plan)
            case "late":
                self._late(plan)
            case _:
                self._late_loop(plan)

    def quietly(self, hop: Hop, depth: int) -> None:
        """A step whose own faults are already told."""
        walker = self.walker
        if depth < len(walker.stack):
            walker.leave(depth)
            walker.state = walker.stack[depth]
            del walker.stack[depth:]
        walker.pass_over(hop)
        walker.stack += hop.push
        walker.state = hop.goto
        if hop.special and hop.special != "end":
            walker.special[hop.special](walker.text)
        walker.tell_failed(hop)

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
        walker = self.walker
        self.forget()
        if candidate.depth < len(walker.stack):
            walker.leave(candidate.depth)
            walker.state = walker.stack[candidate.depth]
            del walker.stack[candidate.depth :]
        node = resync.inner_node(candidate, walker.text)
        outer = walker.automaton.state(
            candidate.state.loop, max(walker.state.position, candidate.state.loop.children[candidate.place].position),
            candidate.state.counted(candidate.place))
        for child in resync.passed(walker.state, outer.position):
            walker.missed.append(Missed(len(walker.stack), walker.state.loop, child, walker.index, walker.offset))
        push, goto = walker.automaton.entered(outer, node.path, node.node, headless=True)
        depth = len(walker.stack) + len(candidate.path)
        walker.stack += push
        walker.state = goto
        if missing is not None:
            loop, head = missing
            if head.id == "HL":
                walker.numbering.assume(depth)
            if head.path == walker.automaton.claim:
                walker.claim_text, walker.numbering.lines = "", Counter()
            if head.path == walker.automaton.guide.counted_lines:
                walker.numbering.lines.count += 1
            walker.bad(rules.MISSING, f"{head.id} ({head.spec.name}), the first segment of loop {loop.id}, is missing.",
                     loop=loop.id, segment=head.id)  # fmt: skip
        if told:
            self._head_again(resync.headless_loop(candidate), depth, told)
        hop = Hop(node.node, node.node, [], goto)
        walker.automaton.dress(hop)
        if hop.special in ("line", "claim"):
            walker.special[hop.special](walker.text)
        walker.deliver(hop, walker.text)

    def _head_again(self, loop: Loop, depth: int, text: str) -> None:
        """What a refused first segment means besides, now that its loop is known."""
        walker = self.walker
        head = loop.head
        if head is None:
            return
        if head.id == "HL":
            walker.numbering.assume(depth, text)
        elif head.path == walker.automaton.claim:
            walker.special["claim"](text)
        elif head.path == walker.automaton.guide.counted_lines:
            walker.numbering.line(text)

    def _late(self, plan: resync.Plan) -> None:
        """Takes a segment that comes after its place, without leaving where we are."""
        walker = self.walker
        state, place = plan.state, plan.place
        full = state.full(plan.node)
        awaited = [m for m in walker.missed if m.depth == plan.depth and m.child is plan.node]
        counted = walker.automaton.state(state.loop, state.position, state.counted(place))
        if plan.depth == len(walker.stack):
            walker.state = counted
        else:
            walker.stack[plan.depth] = counted
        if full and not awaited:
            walker.too_many(plan.node, plan.node)
        elif not self._early(plan):
            walker.bad(rules.OUT_OF_ORDER, f"{plan.node.id} ({plan.node.spec.name}) stands after its place in loop "
                     f"{plan.node.loop.id}.", loop=loop_id(plan.node.loop))  # fmt: skip
        walker.missed = [m for m in walker.missed if m not in awaited]
        hop = Hop(plan.node, plan.node, [], walker.state)
        walker.automaton.dress(hop)
        walker.deliver(hop, walker.text)

    def _early(self, plan: resync.Plan) -> bool:
        """The segment before this one came too early, when what follows is behind its place as well."""
        walker = self.walker
        text, offset = walker.before
        if plan.depth != len(walker.stack) or not resync.early(plan, text, walker.following):
            return False
        state = walker.state
        walker.state = walker.automaton.state(state.loop, plan.node.position, state.seen)
        name = text.partition("*")[0]
        walker.bad(rules.OUT_OF_ORDER, f"{name} stands before its place in loop {plan.node.loop.id}.", segment=name,
                 loop=loop_id(plan.node.loop), segment_index=walker.index - 1, byte_offset=offset)  # fmt: skip
        return True

    def _late_loop(self, plan: resync.Plan) -> None:
        """Enters a loop that comes after its place; afterwards we are where we were."""
        walker = self.walker
        child = plan.state.loop.children[plan.place]
        full = plan.state.full(child)
        walker.missed = [m for m in walker.missed if not (m.depth == plan.depth and m.child is child)]
        counted = walker.automaton.state(plan.state.loop, plan.state.position, plan.state.counted(plan.place))
        if plan.depth == len(walker.stack):
            walker.state = counted
        else:
            walker.stack[plan.depth] = counted
        push, goto = walker.automaton.entered(walker.state, plan.path, plan.node)
        walker.stack += push
        walker.state = goto
        hop = Hop(plan.node, child, [], goto)
        walker.automaton.dress(hop)
        if hop.special and hop.special != "end":
            walker.special[hop.special](walker.text)
        if full:
            walker.too_many(child, plan.node)
        else:
            walker.bad(rules.OUT_OF_ORDER, f"Loop {plan.node.loop.id} stands after its place.", loop=plan.node.loop.id)
        walker.deliver(hop, walker.text)
