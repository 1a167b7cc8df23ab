"""The tracking server of MLflow (mlflow/mlflow#5332): experiments and runs are made, searched and deleted."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from tests.leakbench.apps.visitor import Step, get, post, send_visitors

API = "/api/2.0/mlflow"


def step(number: int) -> Step:
    steps = (
        post(f"{API}/experiments/search", max_results=20),
        post(f"{API}/experiments/create", name=f"experiment {number}"),
        post(f"{API}/runs/search", experiment_ids=["0"], max_results=10),
        post(f"{API}/runs/create", experiment_id="0", run_name=f"run {number}", start_time=number),
        get(f"{API}/experiments/get-by-name?experiment_name=experiment+{number - number % 10 + 1}"),
        post(f"{API}/runs/search", experiment_ids=["0"], filter=f"attributes.run_name = 'run {number % 50}'"),
        get(f"{API}/experiments/get?experiment_id=0"),
        post(f"{API}/experiments/delete", experiment_id=str(number // 10 + 1)),
        post(f"{API}/registered-models/create", name=f"model {number}"),
        get(f"{API}/registered-models/search?max_results=5"),
    )
    return steps[number % len(steps)]


def create_app() -> Flask:
    store = f"sqlite:///{Path.home() / 'mlflow.db'}"
    os.environ["_MLFLOW_SERVER_FILE_STORE"] = store
    os.environ["_MLFLOW_SERVER_REGISTRY_STORE"] = store
    os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = str(Path.home() / "artifacts")
    from mlflow.server import app

    server: Flask = app
    return send_visitors(server, step)
