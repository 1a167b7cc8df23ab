"""What was recorded while the process ran: which code allocated what is alive, and how often endpoints were called.

Values only: no file, no analysis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from heapdiff.format import ModuleOwner, SampleSource
from heapdiff.model import NodeIndex


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Code that allocated something, or called what did.

    `file` is its path below the directory it was imported from, empty if that may be data; `owner` is None if unknown;
    `node` is the code object, None if the graph lacks it.
    """

    file: str
    function: str
    owner: ModuleOwner | None = None
    distribution: str = ""
    node: NodeIndex | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """What recorded samples: one each `interval` bytes on average (0: every allocation), since `since_ms` ago."""

    source: SampleSource
    interval: int
    since_ms: int
    taken: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Samples:
    """`k` live samples; `s` frames, each pointing to its caller's; frame 0 is none.

    `nodes` are the objects that own the sampled blocks, -1 where none does. `direct`: the block is the object itself and
    not a buffer of it, so that it may carry the site of an earlier owner where objects of its type are reused.
    """

    recordings: Sequence[Recording]
    recording: NDArray[np.uint32]  # (k,) index into `recordings`
    nodes: NDArray[np.int64]  # (k,)
    direct: NDArray[np.bool_]  # (k,)
    bytes: NDArray[np.int64]  # (k,)
    ages_ms: NDArray[np.int64]  # (k,)
    stacks: NDArray[np.uint32]  # (k,) innermost frame
    callers: NDArray[np.uint32]  # (s,)
    codes: NDArray[np.uint32]  # (s,) index into `places`
    lines: NDArray[np.uint32]  # (s,) 0: unknown
    places: Sequence[CodePlace]

    def __len__(self) -> int:
        return len(self.nodes)


@dataclass(frozen=True, slots=True)
class EndpointCalls:
    """How often one endpoint was called. `name` is empty if it may be data; `node` is its str object."""

    name: str
    calls: int
    node: NodeIndex | None = None


@dataclass(frozen=True)
class Calls:
    """By endpoint, since the process began to count. `unrouted` had none (404), `other` couldn't be told apart."""

    endpoints: tuple[EndpointCalls, ...]
    unrouted: int = 0
    other: int = 0

    @cached_property
    def names(self) -> Mapping[int, str]:
        """By the node of its str object, where both are known."""
        return {int(each.node): each.name for each in self.endpoints if each.node is not None and each.name}
