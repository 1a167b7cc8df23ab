"""Which code can put something into a holder, and from where it is reached, on graphs written down.

app.view_functions ──► views.product ──"session_for"──► cache.session_for ──"SESSIONS"──► SESSIONS
"""

from __future__ import annotations

import pytest

from heapdiff.analysis.callers.putters import Callers
from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.holders.lookup import resolve_holder
from heapdiff.analysis.queries.why import explain
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.answers import Entry, EntryKind, Putter
from tests.heaps import heap

OWN = """
    module shop.cache of application
    module shop.views of application
    module flask.app of flask
"""
CACHE = """
    shop.cache.SESSIONS: dict $store -> [*]: shop.models.Session * 3
    shop.cache.session_for: function $put names=SESSIONS,Session home=shop.cache
"""
PRODUCT = """
    shop.views.session_for: $put
    shop.views.product: function $product names=session_for,render home=shop.views
    shop.views.about: function $about names=render home=shop.views
"""
APP = """
    shop.views.app: flask.app.Flask $app -> .view_functions: dict $views -> [*]: $product
    $views -> [*]: $about
"""
PRODUCT_VIEW = Entry(EntryKind.FLASK_VIEW, "shop.views.product")
ABOUT_VIEW = Entry(EntryKind.FLASK_VIEW, "shop.views.about")


def putters(text: str, path: str) -> tuple[Putter, ...]:
    routes = compute_routes(heap(text))
    return Callers(routes).find_putters(place_of(routes, resolve_holder(routes, path)[0]))


def names(text: str, path: str) -> list[str]:
    return [f"{each.module}.{each.function}" for each in putters(text, path)]


def test_a_function_whose_code_names_the_global_and_the_view_that_calls_it() -> None:
    assert putters(OWN + CACHE + PRODUCT + APP, "shop.cache.SESSIONS") == (
        Putter("session_for", "shop.cache", (PRODUCT_VIEW,), entries=1),
    )


def test_a_hook_of_every_request_comes_first_and_one_of_a_blueprint_is_a_hook_like_any() -> None:
    def hooked(key: str) -> Putter:
        text = OWN + CACHE + PRODUCT + APP
        text += "shop.views.open_session: function $open names=session_for home=shop.views\n"
        text += f"$app -> .before_request_funcs: dict -> {key}: list -> [0]: $open"
        return putters(text, "shop.cache.SESSIONS")[0]

    hook = Entry(EntryKind.FLASK_HOOK, "shop.views.open_session")
    assert (hooked("[None]").reached_from, hooked("[None]").every_request) == ((hook, PRODUCT_VIEW), True)
    assert (hooked("[*]").reached_from, hooked("[*]").every_request) == ((hook, PRODUCT_VIEW), False)


def test_one_code_behind_all_views_is_all_views() -> None:
    text = OWN + CACHE + PRODUCT.replace("names=render", "names=session_for") + APP
    (putter,) = putters(text, "shop.cache.SESSIONS")
    assert (putter.reached_from, putter.all_views) == ((ABOUT_VIEW, PRODUCT_VIEW), True)


def test_another_global_of_that_name_is_no_handle_but_an_alias_is() -> None:
    text = OWN + CACHE + "module shop.other of application\n"
    text += "shop.other.SESSIONS: dict -> [*]: str\n"
    text += "shop.other.misled: function names=SESSIONS home=shop.other\n"
    text += "shop.views.ALL: $store\nshop.views.count: function names=ALL home=shop.views\n"
    assert names(text, "shop.cache.SESSIONS") == ["shop.cache.session_for", "shop.views.count"]


def test_a_function_that_gets_at_it_through_its_module() -> None:
    text = OWN + CACHE + "module shop.views -> .dump: function names=shop.cache,SESSIONS home=shop.views"
    assert names(text, "shop.cache.SESSIONS") == ["shop.cache.session_for", "shop.views.dump"]


def test_methods_of_the_class_that_has_it_and_of_those_made_from_it() -> None:
    text = OWN + (
        "shop.cache.Registry: type $registry -> .entries: dict -> [*]: bytes * 3\n"
        "$registry -> .remember: function $remember names=entries home=shop.cache\n"
        "$registry -> .__repr__: function names=entries home=shop.cache\n"
        "shop.views.registry: shop.cache.Registry $one\n"
        "shop.views.save: function $product names=registry,remember home=shop.views\n"
        "shop.views.about: function $about names=render home=shop.views\n"
    )
    (putter,) = putters(text + APP, "shop.cache.Registry.entries")
    assert putter.function == "remember"
    assert putter.reached_from == (Entry(EntryKind.FLASK_VIEW, "shop.views.save"),)


def test_by_its_name_alone_only_where_nothing_else_leads_there() -> None:
    text = OWN + (
        "shop.cache.Registry: type $registry -> .entries: dict -> [*]: bytes * 3\n"
        "$registry -> .remember: function names=entries home=shop.cache\n"
        "shop.views.save: function $product names=g,remember home=shop.views\n"
        "shop.views.about: function $about names=render home=shop.views\n"
    )
    assert putters(text + APP, "shop.cache.Registry.entries")[0].reached_from == (
        Entry(EntryKind.FLASK_VIEW, "shop.views.save"),
    )
    resolved = text + "shop.views.registry: shop.cache.Registry\n"
    resolved += "shop.views.Thread: threading.Thread -> ._target: function names=registry,remember home=shop.views name=work\n"
    (putter,) = putters(resolved + APP, "shop.cache.Registry.entries")
    assert [entry.kind for entry in putter.reached_from] == [EntryKind.THREAD]


@pytest.mark.parametrize(
    "method",
    [
        "function names=before_request_funcs home=flask.app",
        # @setupmethod
        "function home=flask.app -> closure f: function name=Flask.before_request names=before_request_funcs home=flask.app",
    ],
)
def test_an_attribute_of_a_librarys_object_is_named_by_the_method_that_fills_it(method: str) -> None:
    text = OWN + (
        "flask.app.Flask: type $flask name=Flask\n"
        f"$flask -> .before_request: {method}\n"
        "$flask -> .before_request_funcs_of: function names=before_request_funcs home=flask.app\n"
        "shop.views.app: flask.app.Flask $app -> .before_request_funcs: dict -> [None]: list -> [0]: str\n"
        "shop.views.leaky: function names=app,before_request home=shop.views\n"
        "shop.views.harmless: function names=app,config home=shop.views\n"
    )
    assert names(text, "shop.views.app.before_request_funcs[None]") == ["shop.views.leaky"]


def test_the_function_itself_of_a_default_a_closure_and_a_cache() -> None:
    text = OWN + (
        "shop.views.search: function home=shop.views -> default acc: list -> [0]: str\n"
        "shop.views.run: function home=shop.views -> closure pending: list -> [0]: str\n"
        "shop.views.quote: lru_cache $quote -> [*]: str\n"
    )
    assert names(text, "shop.views.search.<default acc>") == ["shop.views.search"]
    assert names(text, "shop.views.run.<closure pending>") == ["shop.views.run"]


def test_a_view_that_a_decorator_wraps_is_reached_through_its_closure() -> None:
    text = OWN + CACHE + PRODUCT
    text += "module flask_login.utils of flask_login\n"
    text += "orphan: function $wrapper home=flask_login.utils -> closure func: $product\n"
    text += "shop.views.app: flask.app.Flask -> .view_functions: dict -> [*]: $wrapper\n"
    assert putters(text, "shop.cache.SESSIONS")[0].reached_from == (PRODUCT_VIEW,)


def test_a_view_behind_a_proxy_of_c_code_is_reached_through_what_that_keeps() -> None:
    text = OWN + CACHE + PRODUCT
    text += (
        "shop.views.app: flask.app.Flask -> .view_functions: dict -> [*]: _wrappers.FunctionWrapper $proxy\n"
    )
    text += "$proxy -> ref: _wrappers.FunctionWrapper -> ref: $product\n"
    assert putters(text, "shop.cache.SESSIONS")[0].reached_from == (PRODUCT_VIEW,)


def test_nothing_is_said_where_nobody_names_it_or_no_code_is_the_applications() -> None:
    assert putters(OWN + "shop.cache.SESSIONS: dict -> [*]: str", "shop.cache.SESSIONS") == ()
    library = "module flask.app of flask\nflask.app.KNOWN: dict -> [*]: str\n"
    assert putters(library + "flask.app.find: function names=KNOWN home=flask.app", "flask.app.KNOWN") == ()


def test_why_says_it_for_the_first_path() -> None:
    found = explain(heap(OWN + CACHE + PRODUCT + APP), "shop.models.Session")
    assert [each.function for each in found.code] == ["session_for"]


def test_a_method_that_makes_the_object_is_passed_over_for_those_that_its_users_call() -> None:
    text = OWN + (
        "shop.cache.Log: type $log -> .__init__: function names=first,last home=shop.cache name=Log.__init__\n"
        "$log -> .write: function names=last,next home=shop.cache name=Log.write\n"
        "$log -> .close: function names=last home=shop.cache name=Log.close\n"
        "shop.cache.LOG: shop.cache.Log -> .first: list -> [0]: str\n"
        "shop.views.LOG: shop.cache.Log\n"
        "shop.cache.note: function names=LOG,write home=shop.cache\n"
    )
    assert names(text, "shop.cache.LOG.first") == ["shop.cache.note", "shop.cache.Log.write"]


def test_methods_of_a_container_of_ones_own_are_those_named_and_those_of_operators() -> None:
    text = OWN + (
        "shop.cache.Tokens: type $kind -> .issue: function home=shop.cache name=Tokens.issue\n"
        "$kind -> .__setitem__: function home=shop.cache name=Tokens.__setitem__\n"
        "$kind -> .clear: function home=shop.cache name=Tokens.clear\n"
        "shop.cache.TOKENS: shop.cache.Tokens -> [*]: str\n"
        "shop.cache.login: function names=TOKENS,issue home=shop.cache\n"
    )
    assert set(names(text, "shop.cache.TOKENS")) == {
        "shop.cache.Tokens.issue",
        "shop.cache.Tokens.__setitem__",
        "shop.cache.login",
    }


def test_the_code_of_a_decorators_function_that_is_called_like_another() -> None:
    text = (
        OWN
        + "shop.cache.remembering: function $one home=shop.cache name=price -> closure results: dict -> [*]: str\n"
    )
    text += "shop.cache.price: $one\n"
    (putter,) = putters(text, "shop.cache.price.<closure results>")
    assert putter.function == "remembering"


def test_a_modules_own_namespace_is_filled_by_those_that_ask_for_it() -> None:
    text = OWN + "shop.cache.start: function names=globals home=shop.cache\n"
    text += "shop.cache.other: function names=print home=shop.cache\n"
    assert names(text, "shop.cache.__dict__") == ["shop.cache.start"]


def test_a_task_of_a_class_that_has_no_instance_of_its_own() -> None:
    text = OWN + "module celery.app.task of celery\n"
    text += "shop.cache.SENT: list -> [0]: str\n"
    text += "shop.cache.send: function $send names=SENT home=shop.cache\n"
    text += "celery.app.task.Task: class $base\n"
    text += "shop.views.Send: type $kind -> .__base__: $base\n"
    text += "$kind -> .__mro__: tuple $order -> [0]: $kind\n$order -> [1]: $base\n"
    text += "$kind -> .run: staticmethod -> ref: $send\n"
    text += "shop.views.send: shop.views.Send\n"
    (putter,) = putters(text, "shop.cache.SENT")
    assert putter.reached_from == (Entry(EntryKind.CELERY_TASK, "shop.cache.send"),)


def test_a_view_made_from_a_class_has_its_name() -> None:
    text = OWN + CACHE + PRODUCT
    text += "shop.views.Page: type $page -> .get: function names=session_for home=shop.views\n"
    text += "module flask.views of flask\n"
    text += "orphan: function $view home=flask.views -> .view_class: $page\n"
    text += "shop.views.app: flask.app.Flask -> .view_functions: dict -> [*]: $view\n"
    found = putters(text, "shop.cache.SESSIONS")[0].reached_from
    assert found == (Entry(EntryKind.FLASK_VIEW, "shop.views.Page"),)


def test_a_name_that_everybody_uses_says_nothing_but_in_its_own_class() -> None:
    text = OWN + "shop.cache.Page: type $page -> .fill: function names=parts home=shop.cache name=Page.fill\n"
    text += "shop.cache.PAGE: shop.cache.Page -> .parts: list -> [0]: str\n"
    crowd = "".join(f"shop.views.f{n}: function names=parts home=shop.views\n" for n in range(60))
    assert names(text + crowd, "shop.cache.PAGE.parts") == ["shop.cache.Page.fill"]
    crowd = "".join(f"shop.cache.f{n}: function names=PAGES home=shop.cache\n" for n in range(60))
    assert names(OWN + "shop.cache.PAGES: list -> [0]: str\n" + crowd, "shop.cache.PAGES") == []


def test_a_class_that_makes_an_attribute_of_that_name_means_its_own() -> None:
    text = OWN + (
        "shop.cache.Registry: type $registry -> .remember: function names=rows home=shop.cache\n"
        "shop.cache.registry: shop.cache.Registry -> .rows: dict -> [*]: bytes * 3\n"
        "shop.views.Export: type $export -> .__init__: function names=rows home=shop.views name=Export.__init__\n"
        "$export -> .stream: function names=rows home=shop.views\n"
        "$export -> .fill: function names=rows,registry home=shop.views\n"
        "shop.views.merge: function names=rows home=shop.views\n"
    )
    found = names(text, "shop.cache.registry.rows")
    assert sorted(found) == ["shop.cache.remember", "shop.views.fill", "shop.views.merge"]
