# The extensions under AddressSanitizer and UndefinedBehaviorSanitizer, over the agent's and the graph's tests.
source "$ROOT/.ci/setup.sh"
need_compiler
cd "$(fresh sanitize)"
python3 -m venv .venv
HEAPDIFF_SANITIZE=1 HEAPDIFF_REQUIRE_NATIVE=1 .venv/bin/pip install -qq -e '.[dev]'
export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
export PYTHONMALLOC=malloc
# What is freed waits in a quarantine, 256 MB by itself, which looks like growth of a worker.
export ASAN_OPTIONS=quarantine_size_mb=4:detect_leaks=0:allocator_may_return_null=1:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_abort=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

# The sanitizers bring their own malloc, so its figures say nothing and limits mean something else; with them, `import
# crypt` of CPython crashes. What is written in Python has nothing to sanitize.
walk=tests/agent/native/test_walk.py headroom=tests/agent/engines/test_headroom.py automatic=tests/agent/engines/test_automatic.py
capacity=tests/agent/native/test_capacity.py
.venv/bin/python -m pytest tests/agent tests/graph -k 'not gc and not [python]' \
    --deselect $headroom::test_a_child_that_takes_more_than_its_group_has_dies_alone \
    --deselect $headroom::test_a_snapshot_that_the_kernel_ends_for_want_of_memory_is_followed_by_less \
    --deselect $headroom::test_a_little_room_gets_less_of_a_snapshot_which_says_why \
    --deselect $headroom::test_what_the_collector_tracks_is_counted_without_a_set_of_what_was_seen \
    --deselect $headroom::test_a_threshold_of_nine_tenths_really_leaves_a_snapshot \
    --deselect $automatic::test_a_threshold_still_exceeded_stays_quiet_until_it_grows \
    --deselect $capacity::test_malloc_gives_back_what_is_free_and_says_how_much_it_was \
    --deselect $capacity::test_a_trim_waits_for_nobody_who_keeps_the_gil \
    --deselect $walk::test_memory_that_the_allocators_keep_free_is_told_apart \
    --deselect $walk::test_allocators_figures_are_missing_not_wrong_without_pymalloc \
    --deselect $walk::test_every_extension_of_the_standard_library_can_be_read_without_a_fault
