"""Work beside the requests: task queues, schedulers, watchers, threads, processes, asyncio."""

from typing import Final

from heapdiff.knowledge.pattern import Pattern

BACKGROUND: Final = (
    Pattern(
        "Celery keeps every task that is registered with it.",
        "Define tasks once, at import, and pass what changes as arguments.",
        path=r"\._(tasks|pending)(\[|$)",
        through=r"^celery\.app\.base\.",
        known_as="Celery's tasks",
    ),
    Pattern(
        "Celery's backend, one for each thread, keeps a result that something waits for until its task is ready or forgotten.",
        "Wait only for tasks that store their result (no `ignore_result`), and call `result.forget()` after a `get()` that "
        "timed out.",
        path=r"\._pending_results\b",
        through=r"^celery\.backends\.",
        known_as="Celery's pending results",
    ),
    Pattern(
        "Celery makes a backend for each thread that asks for a result; each keeps the results that it waits for.",
        "Set `result_backend_thread_safe = True`, so that threads share one, and call `result.forget()` when you're done.",
        path=r"\._local(\.<reference>.*)?$",
        through=r"^celery\.app\.base\.",
        known_as="Celery's backends",
    ),
    Pattern(
        "Celery keeps results that came before anybody asked, up to 8,192 messages.",
        "Set `ignore_result=True` on tasks whose result nobody reads.",
        harmless="Nothing to do: 8,192 messages are the most. `ignore_result=True` stores none.",
        path=r"\._pending_messages\b",
        through=r"^celery\.backends\.",
        known_as="Celery's unread results",
    ),
    Pattern(
        "Celery's backend caches the results it has read, the latest `result_cache_max` of them.",
        "Lower `result_cache_max`; -1, the default, turns the cache off.",
        harmless="Nothing to do if memory suffices for `result_cache_max` results; -1 turns the cache off.",
        path=r"\._cache\b",
        through=r"^celery\.backends\.",
        known_as="Celery's result cache",
    ),
    Pattern(
        "Celery's backend `cache+memory://` keeps the latest 5,000 results in the process.",
        "Use another `result_backend` outside tests, such as redis.",
        harmless="Nothing to do: 5,000 results are the most. Outside tests, use another `result_backend`.",
        path=r"\.client\.cache\b|\._DUMMY_CLIENT_CACHE\b",
        through=r"^celery\.backends\.cache\.",
        known_as="Celery's results in memory",
    ),
    Pattern(
        "Celery results are kept; each keeps its task's return value once it has been read.",
        "Keep the task's id instead of the AsyncResult, and call `result.forget()` once you have its value.",
        drags=r"celery\.result\.(AsyncResult|GroupResult|EagerResult)",
    ),
    Pattern(
        "A Celery signal keeps its receivers until they are disconnected.",
        "Connect the receiver once, at import, or give it a `dispatch_uid`.",
        path=r"\.receivers\b",
        through=r"^celery\.",
    ),
    Pattern(
        "kombu's in-memory transport keeps every message that no worker takes.",
        "Use a real broker (redis, amqp), or run a consumer for each queue; `memory://` is meant for tests.",
        path=r"\.queues\b",
        through=r"^kombu\.transport\.",
    ),
    Pattern(
        "Connections to the broker are opened again and again.",
        "Borrow one from `app.connection_for_write()` or `kombu.pools` in a `with` block, so that it's returned.",
        drags=r"kombu\.connection\.Connection|pika\.(adapters\.)?\w*\.?\w*Connection",
    ),
    Pattern(
        "APScheduler keeps each job until its last run or until it is removed.",
        "Add a job once, with a fixed `id` and `replace_existing=True`, or call `job.remove()`.",
        path=r"\._jobs(_index)?\b|\._pending_jobs\b",
        through=r"^apscheduler\.",
        known_as="APScheduler's jobs",
    ),
    Pattern(
        "APScheduler keeps every listener that is added to it.",
        "Call `add_listener()` once, at start-up, or `remove_listener()` when you're done.",
        path=r"\._listeners\b",
        through=r"^apscheduler\.",
        known_as="APScheduler's listeners",
    ),
    Pattern(
        "Schedulers are created again and again; each runs a thread and keeps its jobs.",
        "Start one scheduler per process; `scheduler.shutdown()` ends the others.",
        drags=r"apscheduler\.schedulers\.\w+\.\w+Scheduler",
    ),
    Pattern(
        "watchdog keeps every handler and watch until it is unscheduled.",
        "Call `observer.schedule()` once per path, and `observer.unschedule(watch)` when you're done with it.",
        path=r"\._?(handlers|watches|emitters|emitter_for_watch)\b",
        through=r"^watchdog\.observers\.",
    ),
    Pattern(
        "The schedule package keeps each job until it is cancelled.",
        "Set up jobs once, at start-up, or cancel each with `schedule.cancel_job(job)`.",
        path=r"\.jobs\b",
        through=r"^schedule\.",
    ),
    Pattern(
        "Thread pools are created again and again; each keeps its threads until it is shut down.",
        "Create one executor per process, or shut each down: `with ThreadPoolExecutor() as pool:`.",
        drags=r"concurrent\.futures\.(thread\.Thread|process\.Process)PoolExecutor|multiprocessing\.pool\.\w*Pool",
    ),
    Pattern(
        "Work is submitted to an executor faster than its threads can do it.",
        "Limit the backlog, with a semaphore or by waiting for earlier futures before submitting more.",
        path=r"_work_queue|_work_ids|_pending_work_items|_taskqueue",
        through=r"^(concurrent\.futures|multiprocessing\.pool)\.",
    ),
    Pattern(
        "Futures are kept; each keeps its result or its exception.",
        "Drop each future once you have its result, or use `concurrent.futures.as_completed` and keep only the values.",
        drags=r"concurrent\.futures\._base\.Future|multiprocessing\.pool\.(Apply|Map)Result",
    ),
    Pattern(
        "A process that was started and never waited for stays behind as a zombie.",
        "Call `wait()` or `communicate()`, or use `with subprocess.Popen(…) as process:` or `subprocess.run()`.",
        drags=r"subprocess\.Popen|multiprocessing\.(context|process)\.\w*Process",
    ),
    Pattern(
        "Threads are started that never end; each keeps its stack and what its function refers to.",
        "Let each thread end, or hand the work to one ThreadPoolExecutor with a fixed number of threads.",
        drags=r"threading\.(Thread|Timer|_MainThread|_DummyThread)",
    ),
    Pattern(
        "Event loops are created again and again and not closed.",
        "Use `asyncio.run()`, which closes its loop, or keep one loop per thread.",
        drags=r"asyncio\.unix_events\._UnixSelectorEventLoop|uvloop\.Loop",
    ),
    Pattern(
        "Tasks or futures are kept that never finish or are never awaited.",
        "Await or cancel each one, and discard it from your set in a done callback.",
        drags=r"_?asyncio(\.tasks|\.futures)?\.(Task|Future)",
    ),
    Pattern(
        "Greenlets are kept that never finish.",
        "Give the greenlet a timeout (`gevent.Timeout`) or `kill()` it; a `gevent.pool.Pool` with a size limits them.",
        drags=r"gevent\.(_gevent_c)?greenlet\.Greenlet|greenlet\.greenlet",
    ),
)
