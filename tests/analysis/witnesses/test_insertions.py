"""Sites and entries of what was put into a watched dict."""

from __future__ import annotations

from heapdiff.analysis.witnesses.insertions import find_sites, tell
from heapdiff.answers import (
    Entry,
    EntryKind,
    InsertingFrame,
    InsertingStack,
    InsertionSite,
    Watched,
)
from heapdiff.format import ModuleOwner

VIEW = Entry(EntryKind.FLASK_VIEW, "shop.views.product")


def own(function: str, line: int = 1, file: str = "shop/views.py") -> InsertingFrame:
    return InsertingFrame(file, line, function, ModuleOwner.APPLICATION)


def library(function: str, file: str = "flask/app.py", line: int = 1) -> InsertingFrame:
    return InsertingFrame(file, line, function, ModuleOwner.DISTRIBUTION)


REMEMBER = own("remember", 31, "shop/cache.py")
DISPATCH = library("Flask.dispatch_request")
SERVE = library("Worker.run", "gunicorn/workers/base.py")


def watched(*sites: InsertionSite, inserted: int, removed: int = 0, ended: str | None = "time") -> Watched:
    return Watched("shop.cache.SESSIONS", inserted, removed, sites, 42, "dict", inserted, ended=ended)


def test_the_site_is_the_innermost_code_of_the_application() -> None:
    stack = (library("SimpleCache.set", "cachelib/simple.py"), REMEMBER, own("product", 9), DISPATCH, SERVE)
    assert find_sites([InsertingStack(290, stack)]) == (
        InsertionSite("shop/cache.py", 31, "remember", VIEW, 290),
    )


def test_stacks_that_differ_only_further_out_are_one_site() -> None:
    stacks = [
        InsertingStack(2, (REMEMBER, own("product", line), DISPATCH, library("run", line=line)))
        for line in (1, 2)
    ]
    stacks.append(InsertingStack(5, (REMEMBER, own("buy"), DISPATCH)))
    assert [(site.count, str(site.entry)) for site in find_sites(stacks)] == [
        (5, "view shop.views.buy"),
        (4, "view shop.views.product"),
    ]


def test_code_outside_the_entry_is_no_site() -> None:
    """A middleware of the application's stands further out than the view, which only calls a library."""
    view = library("View.as_view.<locals>.view", "flask/views.py")
    store = library("SimpleCache.set", "cachelib/simple.py")
    (site,) = find_sites([InsertingStack(1, (store, view, DISPATCH, own("Middleware.__call__")))])
    assert (site.function, site.file) == ("SimpleCache.set", "cachelib/simple.py")


def test_a_cached_view_is_the_entry_though_only_its_decorator_ran() -> None:
    store = library("SimpleCache.set", "cachelib/simple.py")
    decorated = library("Cache.cached.<locals>.decorated_function", "flask_caching/__init__.py")
    stacks = [
        InsertingStack(1, (store, decorated, DISPATCH, SERVE), ((1, own(view)),))
        for view in ("product", "buy")
    ]
    sites = find_sites(stacks)
    assert {site.function for site in sites} == {"SimpleCache.set"}
    assert {str(site.entry) for site in sites} == {"view shop.views.product", "view shop.views.buy"}


def test_a_view_is_called_by_its_own_name_behind_a_decorator_of_the_application() -> None:
    decorated = own("login_required.<locals>.decorated", 5, "shop/auth.py")
    stack = InsertingStack(1, (REMEMBER, own("product"), decorated, DISPATCH), ((2, own("product")),))
    (site,) = find_sites([stack])
    assert (site.function, site.entry) == ("remember", VIEW)


def test_a_stack_without_frames_is_no_site() -> None:
    assert find_sites([InsertingStack(3, ())]) == ()


def test_the_whole_is_told_in_a_sentence() -> None:
    site = InsertionSite("shop/cache.py", 31, "remember", VIEW, 290)
    assert tell(watched(site, inserted=290)) == (
        "Of 290 insertions, 290 by remember (shop/cache.py:31) in view shop.views.product; 0 removed."
    )
    others = [InsertionSite("", 0, name, None, 10) for name in ("", "a", "b")]
    assert tell(watched(site, *others, inserted=330, removed=1200)) == (
        "Of 330 insertions, 290 by remember (shop/cache.py:31) in view shop.views.product, "
        "10 by code without a name, 10 by a, 20 elsewhere; 1,200 removed."
    )
    assert tell(watched(site, inserted=1)).startswith("Of 1 insertion, ")


def test_nothing_and_the_end_of_the_dict_are_told_too() -> None:
    assert tell(watched(inserted=0, removed=3)) == "No insertions; 3 removed."
    assert "The dict was deleted meanwhile" in tell(watched(inserted=0, ended="gone"))
