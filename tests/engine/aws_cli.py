"""What the documents use of the AWS CLI, which a machine may lack: ``aws SERVICE OPERATION --option ...``."""

import json
import sys

import boto3


def main(service: str, operation: str, *arguments: str) -> None:
    """Call one operation and print its answer; values that are JSON are read as the CLI reads them."""
    options = {
        name.removeprefix("--"): json.loads(value) if value.startswith(("{", "[")) else value
        for name, value in zip(arguments[::2], arguments[1::2], strict=True)
    }
    client = boto3.client(service, region_name=options.pop("region"))
    camel_case = {
        "".join(word.capitalize() if number else word for number, word in enumerate(name.split("-"))): value
        for name, value in options.items()
    }
    answer = getattr(client, operation.replace("-", "_"))(**camel_case)
    json.dump(answer, sys.stdout, default=str)


if __name__ == "__main__":
    main(*sys.argv[1:])
