"""boto/boto3#3614, boto/botocore#2889: a client per request, each kept by the cache of a method, up to a hundred."""

import boto3
from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/queues")
    def sign() -> str:
        session = boto3.session.Session("key", "secret", region_name="eu-west-1")
        return str(session.client("sqs").generate_presigned_url("list_queues"))

    return app
