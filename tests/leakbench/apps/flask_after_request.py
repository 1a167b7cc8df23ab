"""Leaks: a blueprint's view adds a header by an after-request hook, not on its own response."""

from collections import deque

from flask import Blueprint, Flask, Response

app = Flask(__name__)
shop = Blueprint("shop", __name__)
LATEST: deque[str] = deque(maxlen=20)


@shop.get("/baskets/<basket>")
def show_basket(basket: str) -> dict[str, str]:
    def add_basket_header(response: Response) -> Response:
        response.headers["X-Basket"] = basket
        return response

    app.after_request_funcs.setdefault("shop", []).append(add_basket_header)
    LATEST.append(basket)
    return {"basket": basket}


app.register_blueprint(shop)


def create_app() -> Flask:
    return app
