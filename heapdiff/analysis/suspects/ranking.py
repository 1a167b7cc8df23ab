"""From groups of growth to suspects: located, merged where they are one thing, judged, explained, in order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from heapdiff.analysis.callers.putters import Callers
from heapdiff.analysis.growth.findings import Finding
from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.naming.amounts import format_bytes
from heapdiff.analysis.native.crediting import Credit
from heapdiff.analysis.suspects.advice import look_up
from heapdiff.analysis.suspects.fingerprint import compute_fingerprint
from heapdiff.analysis.suspects.merging import Line, gather_lines
from heapdiff.analysis.suspects.native_share import Share, judge_with, share_of
from heapdiff.analysis.suspects.prospects import Prospects
from heapdiff.analysis.suspects.weighing import weigh
from heapdiff.analysis.trends.history import Course, History
from heapdiff.analysis.trends.judgement import ORDER, Judgement, worth_listing, worth_noting
from heapdiff.analysis.trends.measuring import PLAIN, Measured
from heapdiff.analysis.witnesses.suspected import Suspected
from heapdiff.answers import NO_ENTRIES, Confidence, EntryGrowth, Holder, Suspect

MOST_SUSPECTS: Final = 50
MOST_NAMES: Final = 3
MOST_WITH_CODE: Final = 10  # suspects whose code is looked for


def find_suspects(
    history: History, prospects: Prospects, credits: Sequence[Credit] = ()
) -> tuple[Suspect, ...]:
    """Suspects of the last snapshot against the first, most certain and largest first.

    Who keeps what native growth is credited to is one, however little else it has. Costs a little per suspect.
    """
    shared = [(line, share_of(credits, line.finding)) for line in gather_lines(history, prospects)]
    lines = [
        (line, share)
        for line, share in shared
        if share is not None or _is_listed(history.follow(line.finding).measured)
    ]
    lines.sort(key=lambda each: _order(history, *each))
    suspected, callers = Suspected(history), Callers(history.last.routes)
    chosen = [(*each, rank) for rank, each in enumerate(lines[:MOST_SUSPECTS], 1)]
    return tuple(
        _with_code(_build(history, suspected, callers, *each), callers, each[0].place) for each in chosen
    )


def _is_listed(found: Measured) -> bool:
    return worth_listing(found.trend) or (worth_noting(found.trend) and found.own)


def _order(history: History, line: Line, share: Share | None) -> tuple[int, bool, bool, int, str]:
    """Of those as sure: what nothing ends; what the application fills, or what keeps objects of its own; then the largest."""
    course = history.follow(line.finding)
    judged = judge_with(course, share)
    undecided = judged.confidence is Confidence.LOW and not judged.end
    foreign = undecided and not (course.measured.own or course.measured.keeps_own)
    weight = line.finding.bytes(history.last.growth) + (share.native.bytes if share is not None else 0)
    return ORDER[judged.confidence], not undecided, foreign, -weight, _shown_path(line.finding)


def _build(
    history: History, suspected: Suspected, callers: Callers, line: Line, share: Share | None, rank: int
) -> Suspect:
    course, finding, place = history.follow(line.finding), line.finding, line.place
    found, graph = course.measured, history.last.routes.graph
    judgement = judge_with(course, share)
    groups = [history.last.growth.groups[number] for number in finding.groups]
    weight, served = finding.bytes(history.last.growth), sum(history.requests)
    entries = _measure_entries(history, course)
    testimony = suspected.ask(finding, found.entries)
    called = "" if judgement.end else suspected.calls.tell(found.trend, testimony.agreeing)
    facts = (called, callers.tell_code(found.entries))
    lore = look_up(replace(found.traits, along=entries.along), judgement.confidence)
    return Suspect(
        rank=rank,
        holder=Holder(
            _shown_path(finding),
            graph.type_name(place.node),
            place.kind,
            f"{int(graph.addresses[place.node]):#x}",
            found.lengths.own[0],
            found.lengths.own[-1],
            lore.known_as,
        ),
        holds=found.held,
        objects_delta=sum(group.objects for group in groups),
        bytes_delta=weight,
        bytes_per_request=round(weight / served, 1) if served else None,
        chain=place.chain,
        fingerprint=compute_fingerprint(place.masked, found.held[0].type if found.held else ""),
        confidence=judgement.confidence,
        reason=_reason(course, judgement, line, entries, facts, lore.meaning),
        advice=lore.advice,
        entries=entries,
        native_bytes_delta=None if share is None else share.native.bytes,
        native=None if share is None else replace(share.native, decisive=_is_decisive(course)),
        end=judgement.end or None,
        own=found.own,
        holders=1 if place.structure else finding.holders,
        allocated=testimony.first,
        witness=suspected.tell(testimony, weight),
        bytes_per_call=suspected.calls.weigh(testimony.agreeing, weight),
    )


def _with_code(suspect: Suspect, callers: Callers, place: Place) -> Suspect:
    """With the code that can put something there, where anybody will ask."""
    sure = suspect.rank <= MOST_WITH_CODE and suspect.confidence is not Confidence.LOW
    return replace(suspect, code=callers.find_putters(place)) if sure or suspect.rank == 1 else suspect


def _is_decisive(course: Course) -> bool:
    """Whether only what goes with it makes a holder's growth sure."""
    return course.judgement.confidence is not Confidence.HIGH


def _measure_entries(history: History, course: Course) -> EntryGrowth:
    """How many entries came, and what one of them keeps; nothing where it isn't entries that came."""
    found = course.measured
    if not found.trend.by_length:
        return NO_ENTRIES
    new, gained = weigh(history.last, found.finding, found.entries), found.trend.total
    kind = "" if found.entries.mainly in PLAIN else found.entries.mainly
    if new is None:
        alone = found.trend.total_bytes // gained
        return EntryGrowth(gained, None if found.entries.count else alone, kind)
    return EntryGrowth(gained, new.each, kind, new.along)


def _shown_path(finding: Finding) -> str:
    """The path; indexes on which merged holders differ are masked."""
    same = not finding.alike and all(other.path == finding.place.path for other in finding.places)
    return finding.place.path if same else finding.place.path_with_masks()


def _reason(
    course: Course,
    judgement: Judgement,
    line: Line,
    entries: EntryGrowth,
    facts: Sequence[str],
    meaning: str,
) -> str:
    """Why we think so: its growth, what it goes with, what an entry drags along, who else is involved, what its kind means."""
    lengths = course.measured.lengths.together
    sentences = [
        judgement.reason,
        *facts,
        _say_what_an_entry_keeps(entries),
        _say_how_many(line, course.measured.trend.total_bytes, lengths[0], lengths[-1]),
        _say_who_else_holds(line),
        _say_what_else_it_has(line),
        _say_what_follows(line),
        meaning,
    ]
    return " ".join(filter(None, sentences))


def _say_what_an_entry_keeps(entries: EntryGrowth) -> str:
    if not entries.along or entries.retained_bytes_each is None:
        return ""
    each = entries.type.rpartition(".")[2] or "entry"
    size = format_bytes(entries.retained_bytes_each)
    return f"Each {each} keeps {size} alive, most of it through `{entries.along}`."


def _say_how_many(line: Line, gained: int, before: int | None, after: int | None) -> str:
    holders = line.finding.holders
    if holders < 2 or line.place.structure:
        return ""
    text = f"{holders:,} holders like this one are grouped together"
    if before is None or after is None:
        return f"{text}; each gained {format_bytes(gained // holders)} on average."
    return f"{text}: they had {before:,} entries in total and now have {after:,}."


def _say_who_else_holds(line: Line) -> str:
    if not line.others:
        return ""
    names = ", ".join(other.path for other in line.others[:MOST_NAMES])
    return f"The same objects are also kept by {names}: clearing only one of them frees nothing."


def _say_what_else_it_has(line: Line) -> str:
    if not line.tables:
        return ""
    grow = "grow" if len(line.tables) > 1 else "grows"
    return f"The same object also keeps {', '.join(line.tables[:MOST_NAMES])}, which {grow} with it."


def _say_what_follows(line: Line) -> str:
    others = {other.path for other in line.others}
    followers = [path for path in line.followers if path not in others]
    if not followers:
        return ""
    return f"{', '.join(followers[:MOST_NAMES])} {'grow' if len(followers) > 1 else 'grows'} with it."
