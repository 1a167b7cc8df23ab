"""boto/boto3#2176: each boto3 session adds its handlers once more to the botocore session that they share."""

import boto3
import botocore.session
from flask import Flask

CORE = botocore.session.get_session()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/region")
    def region() -> str:
        return str(boto3.Session(region_name="eu-west-1", botocore_session=CORE).region_name)

    return app
