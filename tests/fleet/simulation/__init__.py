"""A fleet that never was: workers of several services over days and releases, what heapdiff would say of each, and the truth.

What a comparison would say was looked at in processes of known growth, compared snapshot by snapshot, 10 minutes apart
(CPython 3.11; 600 requests in most intervals, 60 to 900 in others):

- one entry per request in the application's own dictionary: `high` from 100 entries on, `low` at 60, with the requests counted;
  without counts `medium` from 100 on;
- one entry in every second request, in a library's list: `low` in all 14 intervals, with counts and without;
- 5 to 10 entries in an interval: `low` where the application's code owns the holder, else not listed; 4 are never listed. So a
  leak of one entry in 150 requests was listed in 4 of 14 intervals;
- a cache with a bound, of `functools` or by hand: `low`, or `medium` in the first interval without counts, smaller each time;
- a queue that 700 jobs entered: `medium` in that interval; nothing when they leave;
- verdicts follow: `leak` with any `high`, `growth` with any `medium`, else `inconclusive`.

`judging.py` is that rule; `tests/fleet/test_simulated_judging.py` holds it against `compare`. The questions are not read here.
"""
