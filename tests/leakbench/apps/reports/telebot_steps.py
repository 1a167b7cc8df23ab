"""eternnoir/pyTelegramBotAPI#584: a bot behind a webhook waits for the next answer of everybody who once wrote."""

import telebot
from flask import Flask

BOT = telebot.TeleBot("1234:token", threaded=False)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/updates/<int:chat>")
    def update(chat: int) -> str:
        def answered(message: object) -> None:
            print(chat, message)

        BOT.register_next_step_handler_by_chat_id(chat, answered)
        return "asked"

    return app
