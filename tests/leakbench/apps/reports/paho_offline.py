"""eclipse-paho/paho.mqtt.python#225, #50: what is published while the broker is away waits without a bound."""

import paho.mqtt.client as mqtt
from flask import Flask

CLIENT = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="shop")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/orders/<int:number>")
    def order(number: int) -> str:
        CLIENT.publish("orders", f'{{"order": {number}, "state": "paid"}}', qos=1)
        return "sent"

    return app
