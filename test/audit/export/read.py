"""Reads an export with the libraries of its format, strictly: exit 1 where one of them refuses a line or does not know a member."""
import json
import sys


def keys_lost(written, read, path=""):
    """Members that the model did not take over, which pydantic leaves out without a word."""
    if isinstance(written, dict) and isinstance(read, dict):
        for key, value in written.items():
            if key not in read:
                yield f"{path}/{key}"
            else:
                yield from keys_lost(value, read[key], f"{path}/{key}")
    if isinstance(written, list) and isinstance(read, list):
        for index, (value, other) in enumerate(zip(written, read)):
            yield from keys_lost(value, other, f"{path}/{index}")


def ocsf(line):
    from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

    written = json.loads(line)
    finding = ComplianceFinding.model_validate(written)
    lost = list(keys_lost(written, finding.model_dump(mode="json")))
    if lost:
        raise ValueError(f"not of the schema: {lost}")
    return finding.metadata.sequence


def cloudevents(line):
    from cloudevents.core.formats.json import JSONFormat
    from cloudevents.core.v1.event import CloudEvent

    event = JSONFormat().read(CloudEvent, line)
    return event.get_data()["index"]


def otlp(line):
    from google.protobuf.json_format import Parse
    from opentelemetry.proto.logs.v1.logs_pb2 import LogsData

    records = Parse(line, LogsData()).resource_logs[0].scope_logs[0].log_records
    attributes = [{a.key: a.value for a in record.attributes} for record in records]
    return [a["gate.log.index"].int_value for a in attributes]


READERS = {"ocsf": ocsf, "cloudevents": cloudevents, "otlp": otlp}

read = READERS[sys.argv[1]]
print(json.dumps([read(line) for line in sys.stdin.read().splitlines()]))
