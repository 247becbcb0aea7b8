"""Schemathesis against the service: requests made from its OpenAPI document, valid ones and broken ones.

    pip install schemathesis        # into an environment of its own: it brings much
    python scripts/schema_fuzz.py --schemathesis PATH [--examples 100] [--seed 1] [--engine torch]

It starts `mimnet serve`, and fails if an answer is a 5xx, is of a status or type that the document does not have, does
not fit its schema, or accepts what the document forbids. One check is left out: that whatever fits the schema is
accepted, since no schema can say that bytes are a picture, or that the model knows a word of a sentence.
"""

import argparse
import signal
import subprocess
import sys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemathesis", default="schemathesis")
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="torch", choices=["torch", "onnx"])
    given = parser.parse_args()
    serve = [sys.executable, "-m", "mimnet", "serve", "--port", "0", "--engine", given.engine, "--log-level", "warning"]
    service = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
    try:
        assert service.stdout
        url = service.stdout.readline().strip()
        options = ["--max-examples", given.examples, "--seed", given.seed, "--continue-on-failure", "--no-color"]
        options += ["--exclude-checks", "positive_data_acceptance", "--suppress-health-check", "all"]
        done = subprocess.run([given.schemathesis, "run", f"{url}/openapi.json", *map(str, options)], check=False)
    finally:
        service.send_signal(signal.SIGTERM)
        ended = service.wait(60)
    sys.exit(done.returncode or ended)


if __name__ == "__main__":
    main()
